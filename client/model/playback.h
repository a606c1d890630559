// Plays a recorded comparison as if it trained now: what a client would have been told by then.
// Not thread-safe; has no clock.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/model/app_model.h"

namespace powerdown {

inline constexpr double kPlaySpeeds[] = {1, 10, 100, 1000};  // times as fast as it trained

class Playback {
 public:
  // `updates`: of the usual run, in their order.
  Playback(Comparison recorded, std::vector<RunUpdate> updates);

  // Takes the model back to before the training.
  std::vector<AppUpdate> Begin();
  // What came until so much of the training's own time had passed. At its end the recording's own
  // figures, in place of those counted so far.
  std::vector<AppUpdate> AdvanceTo(absl::Duration trained);
  bool has_ended() const { return has_ended_; }
  const std::string& comparison_id() const { return recorded_.comparison_id; }

 private:
  void Take(const RunUpdate& update);

  const Comparison recorded_;
  const std::vector<RunUpdate> updates_;
  absl::Time begin_;
  Run run_;  // as it stands
  size_t next_ = 0;
  bool has_ended_ = false;
};

}  // namespace powerdown
