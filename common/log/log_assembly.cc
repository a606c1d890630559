#include "common/log/log_assembly.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr LogField kAccuracies[] = {LogField::kTrainAccuracy, LogField::kValidationAccuracy};

std::string Steps(int64_t count) {
  return Concat(CountText(count), count == 1 ? " step" : " steps");
}

bool IsBefore(const LogStep& a, const LogStep& b) {
  return std::pair(a.attempt, a.step) < std::pair(b.attempt, b.step);
}

// In order, each step of an attempt once: what a later row says counts.
void MergeSteps(std::vector<LogStep>& steps) {
  if (!std::is_sorted(steps.begin(), steps.end(), IsBefore)) {
    std::stable_sort(steps.begin(), steps.end(), IsBefore);
  }
  size_t merged = 0;
  for (size_t i = 1; i < steps.size(); ++i) {
    LogStep& last = steps[merged];
    const LogStep& next = steps[i];
    if (IsBefore(last, next)) {
      steps[++merged] = next;
      continue;
    }
    for (size_t field = 0; field < kLogFields; ++field) {
      if (next.Knows(static_cast<LogField>(field))) {
        last.Set(static_cast<LogField>(field), next.values[field]);
      }
    }
    if (next.Knows(LogField::kTime)) last.time = next.time;
  }
  if (!steps.empty()) steps.resize(merged + 1);
}

// A network whose mean loss says that it gives the right answer little probability is not right
// more often than not: accuracies that never pass 1 are then percent, or the loss is no
// cross-entropy. The geometric mean of the probabilities is exp(-loss).
bool LossesContradict(const std::vector<LogStep>& steps) {
  constexpr double kChanceLoss = 2;  // a probability of 0.14
  constexpr double kOften = 0.5;
  constexpr int64_t kFew = 5;
  int64_t known = 0;
  int64_t contradicting = 0;
  for (const LogStep& step : steps) {
    if (!step.Knows(LogField::kTrainLoss) || !step.Knows(LogField::kTrainAccuracy)) continue;
    ++known;
    if (step.Of(LogField::kTrainLoss) > kChanceLoss && step.Of(LogField::kTrainAccuracy) > kOften) {
      ++contradicting;
    }
  }
  return known >= kFew && 2 * contradicting > known;
}

// Whether the values of a column go somewhere, or only up and down: what the last quarter has over
// the first, in steps from one value to the next.
bool HasDirection(const std::vector<double>& values) {
  constexpr double kClear = 3;
  constexpr double kRounding = 1e-9;
  constexpr double kLearned = 0.97;  // a level that no network has by chance
  const size_t quarter = values.size() / 4;
  if (quarter == 0) return true;
  double rise = 0;
  double moved = 0;
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (i < quarter) rise -= values[i];
    if (i + quarter >= values.size()) rise += values[i];
    if (i > 0) moved += std::abs(values[i] - values[i - 1]);
  }
  const auto count = static_cast<double>(values.size());
  return sum / count > kLearned ||
         std::abs(rise) / static_cast<double>(quarter) > kClear * moved / (count - 1) + kRounding;
}

// Without losses: a training that learns is told by its shape, a level without a direction may be
// fractions of a network that is often right or percent of one that never is.
bool IsOnlyALevel(const std::vector<LogStep>& steps) {
  constexpr size_t kFew = 10;
  constexpr double kChance = 0.3;
  std::vector<double> columns[std::size(kAccuracies)];
  double most = 0;
  for (const LogStep& step : steps) {
    if (step.Knows(LogField::kTrainLoss)) return false;
    for (size_t i = 0; i < std::size(kAccuracies); ++i) {
      if (!step.Knows(kAccuracies[i])) continue;
      columns[i].push_back(step.Of(kAccuracies[i]));
      most = std::max(most, columns[i].back());
    }
  }
  if (most < kChance) return false;  // far from 1: percent of so little are rare
  return columns[0].size() >= kFew && !HasDirection(columns[0]) && !HasDirection(columns[1]);
}

absl::Status MakeFractions(std::vector<LogStep>& steps, const RunLogOptions& options,
                           std::vector<std::string>& remarks) {
  ASSIGN_OR_RETURN(const bool are_percent, ArePercent(steps, options));
  for (LogStep& step : steps) {
    for (const LogField field : kAccuracies) {
      if (!step.Knows(field)) continue;
      const double fraction = are_percent ? step.Of(field) / 100 : step.Of(field);
      if (fraction > kMostFraction) {
        return absl::InvalidArgumentError(Concat(NameOf(field), " is ", step.Of(field), " at step ",
                                                 step.step, "; allowed: a fraction, 0 to 1, or ",
                                                 "percent"));
      }
      step.Set(field, std::min(fraction, 1.0));
    }
  }
  if (are_percent && !options.is_percent) remarks.push_back("accuracies are in percent");
  return absl::OkStatus();
}

// A counter that begins anew goes on where it was; what was drawn in between is not known.
struct EnergySum {
  std::optional<double> last;  // as the log has it
  double before = 0;           // of counters that ended
  int64_t restarts = 0;
  double lost = 0;  // of the run's length, see LengthBetween

  void Take(const LogStep* previous, LogStep& step, double length) {
    const double value = step.Of(LogField::kEnergy);
    if (last && value < *last) {
      before += *last;
      ++restarts;
      const bool is_new_attempt = previous != nullptr && previous->attempt != step.attempt;
      if (!is_new_attempt) lost += length;
    }
    last = value;
    step.Set(LogField::kEnergy, before + value);
  }
};

// Seconds where times are known, else steps.
double LengthBetween(const LogStep& a, const LogStep& b, bool has_times) {
  if (!has_times) return static_cast<double>(std::max<int64_t>(0, b.step - a.step));
  return std::max(0.0, absl::ToDoubleSeconds(b.time - a.time));
}

// Adds up the energy and says what share of the run it covers.
double AddUpEnergy(std::vector<LogStep>& steps, std::vector<std::string>& remarks) {
  const bool has_times = std::all_of(
      steps.begin(), steps.end(), [](const LogStep& step) { return step.Knows(LogField::kTime); });
  EnergySum sum;
  double length = 0;
  double unread = 0;  // since the last reading
  const LogStep* previous = nullptr;
  for (LogStep& step : steps) {
    const bool is_same_attempt = previous != nullptr && previous->attempt == step.attempt;
    const double between = is_same_attempt ? LengthBetween(*previous, step, has_times) : 0;
    length += between;
    unread += between;
    if (step.Knows(LogField::kEnergy)) {
      const bool is_first = !sum.last.has_value();
      sum.Take(previous, step, unread);
      if (is_first) sum.lost += unread;
      unread = 0;
    }
    previous = &step;
  }
  if (sum.restarts > 0) {
    remarks.push_back(Concat("energy begins anew ", sum.restarts,
                             sum.restarts == 1 ? " time" : " times", ": added up"));
  }
  return length > 0 ? 1 - (sum.lost + unread) / length : 1;
}

// Validation is often done at steps of its own: what was last said of the training holds there.
void CarryTrainAccuracy(std::vector<LogStep>& steps, std::vector<std::string>& remarks) {
  int64_t carried = 0;
  int64_t without = 0;
  std::optional<double> last;
  for (size_t i = 0; i < steps.size(); ++i) {
    LogStep& step = steps[i];
    if (i > 0 && steps[i - 1].attempt != step.attempt) last.reset();
    if (step.Knows(LogField::kTrainAccuracy)) {
      last = step.Of(LogField::kTrainAccuracy);
    } else if (last && step.Knows(LogField::kValidationAccuracy)) {
      step.Set(LogField::kTrainAccuracy, *last);
      ++carried;
    }
    if (!step.Knows(LogField::kValidationAccuracy)) ++without;
  }
  if (carried > 0) {
    remarks.push_back(
        Concat(Steps(carried), " with validation have the train accuracy of a step before"));
  }
  if (without > 0) {
    remarks.push_back(Concat(Steps(without), " without validation accuracy are no evaluations"));
  }
}

StepReport ReportOf(const LogStep& step) {
  const auto known = [&](LogField field) {
    return step.Knows(field) ? std::optional(step.Of(field)) : std::nullopt;
  };
  constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
  StepReport report;
  report.attempt = step.attempt;
  report.time = step.time;
  report.evaluation.step = step.step;
  report.evaluation.train_loss = known(LogField::kTrainLoss);
  report.evaluation.train_accuracy = known(LogField::kTrainAccuracy).value_or(kNotMeasured);
  report.evaluation.validation_loss = known(LogField::kValidationLoss);
  report.evaluation.validation_accuracy =
      known(LogField::kValidationAccuracy).value_or(kNotMeasured);
  report.gradient_norm = known(LogField::kGradientNorm);
  report.weight_norm = known(LogField::kWeightNorm);
  report.activation_sparsity = known(LogField::kActivationSparsity);
  if (const auto power = known(LogField::kPower)) report.power = Watts(*power);
  if (const auto energy = known(LogField::kEnergy)) report.energy = Joules(*energy);
  return report;
}

}  // namespace

// Both columns are in the same unit.
absl::StatusOr<bool> ArePercent(const std::vector<LogStep>& steps, const RunLogOptions& options) {
  if (options.is_percent) return *options.is_percent;
  double most = 0;
  for (const LogStep& step : steps) {
    for (const LogField field : kAccuracies) {
      if (step.Knows(field)) most = std::max(most, step.Of(field));
    }
  }
  if (most >= kLeastPercent) return true;
  if (most <= kMostFraction && !LossesContradict(steps) && !IsOnlyALevel(steps)) return false;
  return absl::InvalidArgumentError(
      Concat("accuracies go up to ", most,
             ": they may be fractions or percent; say which: --fraction or --percent"));
}

absl::StatusOr<RunLog> AssembleLog(std::vector<LogStep> steps, const RunLogOptions& options) {
  RunLog log;
  MergeSteps(steps);
  RETURN_IF_ERROR(MakeFractions(steps, options, log.remarks));
  CarryTrainAccuracy(steps, log.remarks);
  log.energy_coverage = AddUpEnergy(steps, log.remarks);
  log.reports.reserve(steps.size());
  bool is_evaluated = false;
  for (const LogStep& step : steps) {
    log.reports.push_back(ReportOf(step));
    is_evaluated = is_evaluated || IsEvaluated(log.reports.back().evaluation);
  }
  if (is_evaluated) return log;
  if (log.reports.empty()) return absl::InvalidArgumentError("has no step report");
  return absl::InvalidArgumentError(
      "has no step with both a train accuracy and a validation accuracy");
}

}  // namespace powerdown
