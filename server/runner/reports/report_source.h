// What a program says of its own training while it runs: one source for each way in which it may
// say it. Not thread-safe: one thread owns a source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace powerdown {

// A source that has more returns the rest at the next calls, so that a program's long log cannot
// hold up the commands of the daemon. At a poll every 100 ms this is 40,000 reports a second.
inline constexpr size_t kMostReportsAtOnce = 4096;

// One report as the program told it. Metrics go by these names, whatever the program calls them:
// train_accuracy, validation_accuracy, train_loss, validation_loss, gradient_norm, weight_norm.
// Any other metric keeps its own name. What the program did not tell is absent, never 0 or NaN.
struct ProgramReport {
  int64_t step = 0;
  std::optional<absl::Time> time;
  std::map<std::string, double> metrics;
};

class ReportSource {
 public:
  virtual ~ReportSource() = default;
  // What the program wrote to its standard output, in order and in any pieces. Only the source
  // that reads it takes it.
  virtual void PushOutput(std::string_view /*bytes*/) {}
  // What is new since the last call, in order; at most kMostReportsAtOnce. Never blocks. A file
  // that is not there yet is nothing new. Bad lines are counted and told once, by Warning. An error
  // is final: the source is not asked again. A step comes again when the
  // program says more of it later. Accuracies are fractions; where they may be percent too, reports
  // wait until it is clear.
  virtual absl::StatusOr<std::vector<ProgramReport>> Poll() = 0;
  // The program has ended: the next Poll takes a last line without its newline too.
  virtual void Finish() {}
  // What its user should know, one line, told once; empty: nothing new.
  virtual std::string Warning() = 0;
};

// How a source is asked for.
struct ReportRequest {
  // "stdout:REGEX" with named groups, "csv:PATH", "jsonl:PATH", "tensorboard:DIR", or
  // "channel:PATH": the JSON lines that powerdown.py appends (POWERDOWN_REPORTS).
  std::string source;
  std::vector<std::string> columns;  // "validation_accuracy=val_acc", as --column says
  std::string directory;             // paths that do not begin with "/" are below this one
  std::optional<bool> is_percent;    // accuracies are 0 to 100, or 0 to 1; as --percent says
};
// InvalidArgument names what is wrong with the source or a column, and what is allowed.
absl::StatusOr<std::unique_ptr<ReportSource>> OpenReportSource(const ReportRequest& request);

}  // namespace powerdown
