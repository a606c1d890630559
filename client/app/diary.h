// What a window did, for benches and journeys: the words on it after each frame, and, once it ends,
// how long its frames and its news took. Made only where somebody asks. For the main thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/model/app_model.h"

namespace powerdown {

class Diary {
 public:
  // A path that is empty is not written.
  Diary(std::string text_path, std::string figures_path);

  void BeginFrame();
  // The frame is described to the renderer, which has yet to draw it.
  void EndDrawing(const AppModel& model);
  // It is on the screen; `arrived` is when the oldest news on it came off the stream, or
  // InfiniteFuture without any.
  void Shown(absl::Time arrived);
  // JSON: frames, their milliseconds and those of news from stream to screen, when the first curve
  // was shown.
  absl::Status Finish() const;

 private:
  const std::string text_path_;
  const std::string figures_path_;
  absl::Time frame_began_;
  std::vector<double> frame_ms_;
  std::vector<double> news_ms_;
  bool has_curve_ = false;
  absl::Time first_curve_at_ = absl::InfinitePast();
};

}  // namespace powerdown
