// Makes reports of the rows that a program writes: finds out which name is what, puts rows of one
// step together, makes fractions of percent. What a whole log would give (common/log/run_log.h),
// while it comes. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/log/event_file.h"
#include "common/log/log_rows.h"
#include "common/log/log_values.h"
#include "common/log/run_log.h"
#include "server/runner/reports/accuracy_unit.h"
#include "server/runner/reports/live_columns.h"
#include "server/runner/reports/report_source.h"
#include "server/runner/reports/warnings.h"

namespace powerdown {

struct RowReading {
  bool may_have_decimal_commas = false;
  bool may_lack_steps = false;      // a row without a step has that of the row before
  bool is_likely_fraction = false;  // see AccuracyUnit
};

class ReportAssembly {
 public:
  static absl::StatusOr<ReportAssembly> Create(const RunLogOptions& options,
                                               const RowReading& reading);

  // The names of a table's header. Tells what is missing.
  void TakeHeader(const std::vector<std::string>& names, bool may_have_decimal_commas);
  void TakeRow(const std::vector<LogCell>& cells);
  // Scalars of one event, whose step and time are no names. `prefix` is put before each tag.
  void TakeEvent(const LogEvent& event, std::string_view prefix);

  // A poll has read what there was. When that was nothing, the last step is taken to be complete.
  void EndPoll();
  void Finish();  // once; then only what is ready is left

  // At most `most`, in order. A step comes more than once when its rows came in several polls: what
  // came later has the metrics of what came before too.
  std::vector<ProgramReport> Release(size_t most);
  size_t waiting() const { return ready_.size(); }
  bool IsFull() const { return waiting() >= kMostReportsAtOnce; }
  Warnings& warnings() { return warnings_; }

 private:
  // What one row says.
  struct Row {
    std::optional<int64_t> step;
    std::optional<absl::Time> time;
    std::vector<std::pair<std::string, double>> metrics;
  };
  ReportAssembly(LiveColumns columns, const RunLogOptions& options, const RowReading& reading);

  void TakeField(LogField field, const LogCell& cell, Row& row);
  void TakeMeasured(LogField field, double value, Row& row);
  void TakeTime(const LogCell& cell, Row& row);
  void Place(Row row);
  bool IsComplete() const;
  void Flush();

  RunLogOptions options_;
  RowReading reading_;
  LiveColumns columns_;
  std::optional<LogNumbers> numbers_;
  AccuracyUnit unit_;
  Warnings warnings_;
  std::optional<int64_t> last_step_;
  std::optional<ProgramReport> pending_;  // of the step whose rows still come
  std::optional<ProgramReport> last_;     // the one before
  std::set<std::string> usual_;           // metrics that some report had
  int64_t flushed_ = 0;
  bool has_rows_ = false;  // in this poll
  std::deque<ProgramReport> ready_;
};

}  // namespace powerdown
