// Whole runs as text that is read back to the same runs: what `run export --bundle` writes, what
// recorded runs are shipped as. Pure.
//
// JSON lines: {"bundle":1,"run":{…},"ledger":[…]}, then the run's step reports and events in the
// order in which they came, as `run watch --output jsonl` prints them but without revision and
// run_id; then the next run. A bundle does not have: checkpoints, whose files stay on their box;
// the comparison; priority and privacy, which the box that reads it decides; carbon and money,
// which are made from the reader's factors; and clocks of the box.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/energy/energy.h"
#include "common/run/run.h"

namespace powerdown {

struct RunBundle {
  Run run;
  std::vector<RunUpdate> updates;
  std::vector<LedgerInterval> ledger;  // boots of other boxes mean nothing: times are from 0
};

std::string FormatBundle(const RunBundle& bundle);
// All runs of a text. InvalidArgument names `file_name`, the line and what is wrong.
absl::StatusOr<std::vector<RunBundle>> ParseBundles(std::string_view text,
                                                    std::string_view file_name);
// The same from compressed bytes; DataLoss if they are damaged.
absl::StatusOr<std::vector<RunBundle>> ReadBundles(std::string_view bytes,
                                                   std::string_view file_name);

// The reports of a bundle that stand; see StandingReports.
std::vector<StepReport> ReportsOf(const RunBundle& bundle);

// A run made of a log of step reports: its milestones, attempts and accuracies are read off the
// reports. `run` says what else is known: name, spec, tags, created_at.
RunBundle BundleOfLog(Run run, std::vector<StepReport> reports);

}  // namespace powerdown
