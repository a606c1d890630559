// Rows of somebody's log become step reports: rows of one step are merged, steps that go back begin
// an attempt, accuracies become fractions, energy adds up. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/log/log_columns.h"
#include "common/log/run_log.h"

namespace powerdown {

// What one row says of one step.
struct LogStep {
  int64_t attempt = 1;
  int64_t step = 0;
  uint32_t known = 0;  // a bit for each LogField that it says
  std::array<double, kLogFields> values{};
  absl::Time time = absl::UnixEpoch();  // see HasTime

  bool Knows(LogField field) const { return (known >> static_cast<unsigned>(field) & 1) != 0; }
  double Of(LogField field) const { return values[static_cast<size_t>(field)]; }
  void Set(LogField field, double value) {
    known |= 1u << static_cast<unsigned>(field);
    values[static_cast<size_t>(field)] = value;
  }
};

// Accuracies above are no fraction that was rounded up; from the other on nobody means a fraction.
inline constexpr double kMostFraction = 1.0005;
inline constexpr double kLeastPercent = 1.5;
inline constexpr double kMostPercent = 100.05;  // rounded up
// Whether the accuracies of these steps are percent, as the user or else the values say.
// InvalidArgument: they may be either.
absl::StatusOr<bool> ArePercent(const std::vector<LogStep>& steps, const RunLogOptions& options);

// InvalidArgument, without the file's name: accuracies that may be fractions or percent, no step
// with both accuracies.
absl::StatusOr<RunLog> AssembleLog(std::vector<LogStep> steps, const RunLogOptions& options);

}  // namespace powerdown
