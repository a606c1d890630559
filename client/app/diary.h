// Records what the window shows, for benches and tests: the text after each frame, and at exit the
// times of frames and updates. Created only on request. For the main thread.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/model/app_model.h"

namespace powerdown {

class Diary {
 public:
  // A file with an empty path is not written.
  Diary(std::string text_path, std::string figures_path);

  void BeginFrame();
  // The frame is described, but not drawn yet.
  void EndDrawing(const AppModel& model);
  // The frame is on the screen. `arrived` is when its oldest update came off the stream, or
  // InfiniteFuture if it has none.
  void Shown(absl::Time arrived);
  // JSON: number of frames, milliseconds a frame, milliseconds of updates from stream to screen,
  // and when the first curve was shown.
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
