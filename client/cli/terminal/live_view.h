// Draws a run or a comparison as lines of text for a live display. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/terminal/console.h"
#include "client/cli/text/style.h"
#include "client/model/run_trace.h"

namespace powerdown {

struct LiveScene {
  const RunTrace* usual = nullptr;    // or the only run
  const RunTrace* stopped = nullptr;  // the second run of a parallel comparison
  bool is_comparison = false;
  const Comparison* ended = nullptr;  // the daemon's own figures, once there are any
  std::string id;
  std::string title;
  std::string state;                // "training", "queued: …", "reconnecting in 2 s"
  std::optional<int64_t> end_step;  // the last step of the training, if known
  bool is_end_certain = true;       // else the stop rule may end it sooner
  int64_t max_steps = 0;            // what forecasts look ahead to
  bool has_ended = false;
  FootprintFactors factors;
  std::string energy_label;  // "estimate ±40%"; empty until known
  absl::Time now;
};

// Every line fits `size.columns`; there are at most `size.rows` lines. Where there is little room,
// the progress and the bill stay longest, then the forecast and the chart.
std::vector<std::string> LiveView(const LiveScene& scene, TerminalSize size, const Style& style);

// One plain line for logs: "step 145 of 1,450 (10%) · train 100% · validation 3.2% · …".
std::string ProgressLine(const LiveScene& scene);

// "6 s left", from the speed so far. Empty while the speed is not known.
std::string TimeLeft(const LiveScene& scene);

}  // namespace powerdown
