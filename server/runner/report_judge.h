// What follows from the reports of a program: the lines that the daemon gets, milestones, what the
// stop rule says and what is forecast, as for our own training. Not thread-safe; no I/O.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/forecast/forecaster.h"
#include "common/forecast/stop_rule.h"
#include "common/run/command_spec.h"
#include "common/run/evaluation.h"
#include "common/run/worker_lines.h"
#include "server/runner/reports/report_source.h"

namespace powerdown {

// A row that lacks the goal's metric waits so long for one of the same step: programs write what
// they know of training and of validation apart.
inline constexpr absl::Duration kRowsOfAStep = absl::Milliseconds(250);
// Rows without the goal's metric are told no more often than this: a loss of every batch would fill
// the database. Those with it, which the rule sees, are all told.
inline constexpr absl::Duration kBetweenPlainRows = absl::Milliseconds(5);
// Bytes of a report's other metrics; those that come later in the alphabet are left out.
inline constexpr size_t kMostMetricsBytes = 4096;

class ReportJudge {
 public:
  using Say = std::function<void(const WorkerLine&)>;

  // InvalidArgument for a goal or weights that cannot be read.
  static absl::StatusOr<std::unique_ptr<ReportJudge>> Create(const StartCommand& start, Say say);

  // In the order of the sources. Times are monotonic.
  void Take(const ProgramReport& report, absl::Duration now);
  // Tells the last row once it has waited for its others; `is_end`: at once.
  void Flush(absl::Duration now, bool is_end);

  // Why the program is to be stopped, once it is: as the run's modes say.
  const std::optional<StopReason>& stop() const { return stop_; }
  int64_t step() const { return step_; }  // the last that was told
  // What its user should know, one line; told once, else empty.
  std::string Warning();

 private:
  ReportJudge(const StartCommand& start, Goal goal, std::shared_ptr<const Predictor> predictor,
              Say say);
  bool IsComplete(const ProgramReport& report) const;
  void Tell(const ProgramReport& report, absl::Duration now);
  void Judge(const Evaluation& evaluation, absl::Duration now);
  void Foresee(const StepLine& line);
  void TellMilestones(const Evaluation& evaluation);

  const AutoStop auto_stop_;
  const AutoStop abandon_;
  const bool take_back_stop_;
  const bool has_own_goal_;  // then a program need not have memorised
  const Goal goal_;
  const Say say_;
  GrokTracker tracker_;
  StopRule rule_;
  std::optional<Forecaster> forecaster_;  // where the program's usual end is known
  std::optional<ProgramReport> waiting_;  // a row of the newest step
  absl::Duration waits_since_;
  int64_t step_ = 0;
  bool has_told_ = false;
  absl::Duration last_plain_ = -absl::InfiniteDuration();
  int64_t late_rows_ = 0;
  bool has_warned_ = false;
  bool has_stop_decision_ = false;
  Named<RuleVerdict> last_verdict_;
  std::optional<StopReason> stop_;
};

}  // namespace powerdown
