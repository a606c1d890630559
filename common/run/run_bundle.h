// Whole runs as text that is read back to the same runs: what `run export --bundle` writes, what
// recorded runs are shipped as. Pure.
//
// JSON lines: {"bundle":1,"run":{…},"ledger":[…]}, then the run's step reports and events in the
// order in which they came, as `run watch --output jsonl` prints them but without revision and
// run_id; then the next run. A bundle does not have: checkpoints, whose files stay on their box;
// the comparison; priority and privacy, which the box that reads it decides; carbon and money,
// which are made from the reader's factors; and clocks of the box.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/energy/energy.h"
#include "common/run/run.h"

namespace powerdown {

inline constexpr std::string_view kBundleSuffix = ".jsonl.zst";  // of compressed bundles
inline constexpr int kBundleVersion = 1;
// As text. A program reads the recordings of its own machine; the daemon imports from anybody, row
// by row, some 10 s for so much.
inline constexpr size_t kMostBundleBytes = size_t{1} << 30;
inline constexpr size_t kMostImportBytes = size_t{512} << 20;

struct RunBundle {
  Run run;
  std::vector<RunUpdate> updates;
  std::vector<LedgerInterval> ledger;  // boots of other boxes mean nothing: times are from 0
};

std::string FormatBundle(const RunBundle& bundle);
std::string FormatUpdates(std::span<const RunUpdate> updates);  // the lines after the header
bool IsBundle(std::string_view content);  // compressed or not, by its first bytes
// All runs of a text, each checked as common/run/bundle_check.h says. InvalidArgument names
// `file_name`, the line and what is wrong.
absl::StatusOr<std::vector<RunBundle>> ParseBundles(std::string_view text,
                                                    std::string_view file_name);
// The same from compressed bytes, or from text; InvalidArgument if they are damaged,
// ResourceExhausted if their text is longer than `most_bytes`.
absl::StatusOr<std::vector<RunBundle>> ReadBundles(std::string_view bytes,
                                                   std::string_view file_name,
                                                   size_t most_bytes = kMostBundleBytes);

// A run of a bundle that has not been read yet.
struct BundledRun {
  std::string run_id;     // empty if it is not where we write it: then only reading the run tells
  std::string_view text;  // for ParseBundles; its first line alone is a run without its updates
  std::string_view header() const { return text.substr(0, text.find('\n')); }
};
// The text of a file's bundles, decompressed; errors as of ReadBundles.
absl::StatusOr<std::string> UnpackBundles(std::string_view bytes, std::string_view file_name,
                                          size_t most_bytes = kMostBundleBytes);
// The runs of such a text, which must outlive them. Fast: no JSON is read.
std::vector<BundledRun> SplitBundles(std::string_view text);

// The reports of a bundle that stand; see StandingReports.
std::vector<StepReport> ReportsOf(const RunBundle& bundle);

// A run made of a log of step reports: its milestones, attempts and accuracies are read off the
// reports. `run` says what else is known: name, spec, tags, created_at. `energy_coverage` is the
// share of it whose energy the reports tell.
RunBundle BundleOfLog(Run run, std::vector<StepReport> reports, double energy_coverage = 1);

}  // namespace powerdown
