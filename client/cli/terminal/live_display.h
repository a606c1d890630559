// Shows the progress of runs on stderr: a picture on a terminal, else plain lines. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "client/cli/terminal/console.h"
#include "client/cli/terminal/live_view.h"
#include "client/cli/terminal/terminal_picture.h"
#include "client/model/run_trace.h"
#include "common/run/run.h"

namespace powerdown {

class LiveDisplay {
 public:
  // `look_up` fetches the run from the daemon: updates do not say where the energy comes from.
  using LookUp = std::function<absl::StatusOr<Run>()>;
  LiveDisplay(Console& console, const Run& usual, LookUp look_up);
  // `trains_both`: the second run is the one that the rule stops. Else both share the first run.
  void MakeComparison(const std::string& comparison_id, bool trains_both);

  void Apply(size_t run, const RunUpdate& update);  // prints news where no picture is drawn
  void Follow(const RunUpdate& update);             // prints nothing
  void SetConnection(const std::string& state);
  void Tick(absl::Time now);
  void Finish(const Run& usual);  // the last picture
  void Finish(const Comparison& ended);

  // For lines about the newest update.
  LiveScene Scene() const;

 private:
  void SayNews(const RunUpdate& update);
  void SetEnd();
  std::string State() const;
  void LookUpEnergy(absl::Time now);
  void Show();

  Console& console_;
  const LookUp look_up_;
  Run run_;
  RunTrace usual_;
  RunTrace stopped_;
  bool trains_both_ = false;
  LiveScene scene_;
  std::optional<Comparison> ended_;
  std::string connection_;
  absl::Time next_look_up_ = absl::InfinitePast();
  int64_t next_line_step_ = 0;
  std::unique_ptr<TerminalPicture> picture_;  // null: plain lines
};

}  // namespace powerdown
