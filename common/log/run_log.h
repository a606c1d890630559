// Step reports from the log of a training loop written elsewhere, or from this program's own
// export. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/log/log_rows.h"
#include "common/run/run.h"

namespace powerdown {

// What the user says of a log.
struct RunLogOptions {
  std::map<std::string, std::string> columns;  // by our name: the log's
  std::optional<bool> is_percent;              // accuracies are 0 to 100, or 0 to 1
  std::string pattern;  // of printed lines, see LinePattern; empty: a table or JSON
};

struct RunLog {
  std::vector<StepReport> reports;   // steps ascend within an attempt
  std::vector<std::string> remarks;  // how it was read where a reader may wonder, one line each
  double energy_coverage = 1;        // share of the run's time, or of its steps, with its energy
};

// Reads what OpenLogRows reads, or lines by a pattern. Rows of one step are one report; where steps
// go back, a new attempt begins and takes the place of what came before from there on. A report
// whose accuracies are NaN was no evaluation. Times are as HasTime says. Energy that begins anew is
// added up; power below 0 is no reading. InvalidArgument: one line that names `file_name`, where,
// and what to do.
absl::StatusOr<RunLog> ParseRunLog(std::string_view text, std::string_view file_name,
                                   const RunLogOptions& options = {});
// As ParseRunLog, of rows that are already open.
absl::StatusOr<RunLog> ReadRunLog(LogRows& rows, std::string_view file_name,
                                  const RunLogOptions& options);

}  // namespace powerdown
