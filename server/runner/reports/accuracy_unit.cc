#include "server/runner/reports/accuracy_unit.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "common/base/text.h"
#include "common/log/log_columns.h"

namespace powerdown {
namespace {

constexpr LogField kAccuracies[] = {LogField::kTrainAccuracy, LogField::kValidationAccuracy};

std::string Name(LogField field) {
  return std::string(NameOf(field));
}

std::optional<LogStep> StepOf(const ProgramReport& report) {
  LogStep step;
  step.step = report.step;
  bool has_accuracy = false;
  for (const LogField field :
       {LogField::kTrainAccuracy, LogField::kValidationAccuracy, LogField::kTrainLoss}) {
    const auto found = report.metrics.find(Name(field));
    if (found == report.metrics.end()) continue;
    step.Set(field, found->second);
    has_accuracy = has_accuracy || field != LogField::kTrainLoss;
  }
  return has_accuracy ? std::optional(step) : std::nullopt;
}

// exp(-loss) is the geometric mean of the probabilities that the network gives the right answers.
// An accuracy of percent, as a fraction, would be less than a twentieth of it: networks are not
// that much less often right than they expect.
bool IsSurelyFraction(const LogStep& step) {
  constexpr double kAtMost = 5;
  if (!step.Knows(LogField::kTrainLoss) || !step.Knows(LogField::kTrainAccuracy)) return false;
  const double accuracy = step.Of(LogField::kTrainAccuracy);
  return accuracy > 0 && accuracy <= kMostFraction &&
         accuracy <= kAtMost * std::exp(-step.Of(LogField::kTrainLoss));
}

constexpr char kAskedFor[] = "; say which: --accuracies fraction, or percent";

void WarnOfUnit(Warnings& warnings) {
  warnings.Add("unit",
               Concat("accuracies may be fractions or percent, and are left out until it is "
                      "clear",
                      kAskedFor));
}

}  // namespace

void AccuracyUnit::Observe(const ProgramReport& report, Warnings& warnings) {
  const std::optional<LogStep> step = StepOf(report);
  if (!step || is_said_ || is_percent_ == true) return;
  double most = 0;
  for (const LogField field : kAccuracies) {
    if (step->Knows(field)) most = std::max(most, step->Of(field));
  }
  const bool was_fraction = is_percent_ == false;
  if (most >= kLeastPercent) {
    is_percent_ = true;
    warnings.Add("percent", was_fraction ? Concat("accuracies are in percent from step ",
                                                  report.step, " on, fractions before", kAskedFor)
                                         : "accuracies are in percent");
  }
  if (is_percent_) return;
  seen_.push_back(*step);
  if (IsSurelyFraction(*step) || IsClear()) is_percent_ = false;
}

// As of a whole log, once there is enough of it.
bool AccuracyUnit::IsClear() const {
  constexpr size_t kEnough = 10;
  return seen_.size() >= kEnough && ArePercent(seen_, {}).ok();
}

void AccuracyUnit::PassOn(ProgramReport report, std::deque<ProgramReport>& ready,
                          Warnings& warnings) {
  for (const LogField field : kAccuracies) {
    const auto found = report.metrics.find(Name(field));
    if (found == report.metrics.end()) continue;
    const double fraction = is_percent_ == true ? found->second / 100 : found->second;
    if (is_percent_ && fraction <= kMostFraction) {
      found->second = std::min(fraction, 1.0);
      continue;
    }
    if (is_percent_) {
      warnings.Add(
          Concat(Name(field), " out of range"),
          Concat(NameOf(field), " is ", found->second, " at step ", report.step,
                 ", left out; allowed: a fraction, 0 to 1, or percent with --accuracies percent"));
    }
    report.metrics.erase(found);
  }
  ready.push_back(std::move(report));
}

void AccuracyUnit::PassOnHeld(std::deque<ProgramReport>& ready, Warnings& warnings) {
  for (ProgramReport& held : held_) PassOn(std::move(held), ready, warnings);
  held_.clear();
  seen_.clear();
}

void AccuracyUnit::Take(ProgramReport report, std::deque<ProgramReport>& ready,
                        Warnings& warnings) {
  Observe(report, warnings);
  if (!is_percent_ && (!held_.empty() || StepOf(report))) {
    held_.push_back(std::move(report));
    if (held_.size() > kMostHeldReports) {
      WarnOfUnit(warnings);
      PassOnHeld(ready, warnings);
    }
    return;
  }
  PassOnHeld(ready, warnings);
  PassOn(std::move(report), ready, warnings);
}

void AccuracyUnit::Finish(std::deque<ProgramReport>& ready, Warnings& warnings) {
  if (held_.empty()) return;
  if (const absl::StatusOr<bool> are_percent = ArePercent(seen_, {}); are_percent.ok()) {
    is_percent_ = *are_percent;
  } else {
    WarnOfUnit(warnings);
  }
  PassOnHeld(ready, warnings);
}

}  // namespace powerdown
