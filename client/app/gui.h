// The desktop client: window, session, model, and the main loop, which draws only after a change.
// For the main thread.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "client/app/diary.h"
#include "client/app/options.h"
#include "client/app/server_session.h"
#include "client/app/settings.h"
#include "client/model/playback.h"
#include "client/view/shell.h"
#include "client/window/window.h"

namespace powerdown {

class Gui {
 public:
  Gui(GuiOptions options, Settings settings);
  ~Gui();
  absl::Status Run();

 private:
  absl::Status Open();
  void Connect(const ServerProfile& server);
  void Pair(const std::string& pairing);
  bool FinishPairing();  // true: it has ended
  void ConnectFirst();
  bool TakeUpdates();  // true: something changed
  double LongestSleep() const;
  void DrawFrame();
  void MeasureOwnUse();
  void Carry(const Intent& intent);
  void ShowRecordedRuns();
  void ShowRecordedCurves(const std::string& run_id);
  void Play(const PlayRecording& wanted);
  bool PlayOn(absl::Time now);  // true: something changed
  void EndPlaying();
  void Export(const ExportCsv& wanted);
  void Export(const ExportPicture& wanted);
  void Export(const SaveReport& wanted);
  void Tell(Notice::Kind kind, const std::string& text);
  void NextTheme();
  void Remember(const ServerProfile& server);

  const GuiOptions options_;
  Settings settings_;
  std::unique_ptr<Window> window_;
  Look look_;
  AppModel model_;
  ShellState state_;
  std::unique_ptr<ServerSession> session_;
  std::future<absl::StatusOr<ServerProfile>> pairing_;  // valid during a pairing
  std::vector<ExportPicture> pictures_;                 // taken from the frame being drawn
  // A recording that plays: how far it has come, by the training's own time.
  struct Playing {
    Playback playback;
    double speed = 1;
    absl::Duration trained;
    absl::Time at;  // when it had come so far
  };
  std::optional<Playing> playing_;
  std::unique_ptr<Diary> diary_;  // null: not requested
  absl::Time news_arrived_ = absl::InfiniteFuture();
  OwnUse own_;
  int64_t frames_ = 0;
  int64_t measured_frames_ = 0;
  absl::Time measured_at_;
  double measured_cpu_seconds_ = 0;
};

}  // namespace powerdown
