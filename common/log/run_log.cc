#include "common/log/run_log.h"

#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/wording.h"
#include "common/log/line_pattern.h"
#include "common/log/log_assembly.h"
#include "common/log/log_columns.h"
#include "common/log/log_rows.h"
#include "common/log/log_values.h"
#include "common/run/bundle_check.h"

namespace powerdown {
namespace {

// Of attempts: more often a training is not begun again.
constexpr int64_t kMostReturns = static_cast<int64_t>(kMostTextItems) - 1;

absl::Status Problem(std::string_view name, std::string_view what) {
  return absl::InvalidArgumentError(Concat(name, " ", what));
}

class RowReader {
 public:
  RowReader(const LogColumns& columns, const LogRows& rows)
      : columns_(columns),
        numbers_(rows.may_have_decimal_commas()),
        may_lack_steps_(rows.may_lack_steps()) {
    last_steps_.fill(-1);
  }

  absl::Status Take(const std::vector<LogCell>& cells) {
    LogStep step;
    step.attempt = 0;
    bool has_step = false;
    for (const LogCell& cell : cells) {
      const std::optional<LogField> field = columns_.FieldOf(cell.name);
      if (!field) continue;
      RETURN_IF_ERROR(TakeCell(*field, cell, step));
      has_step = has_step || *field == LogField::kStep;
    }
    if (has_step) last_step_ = step.step;
    if (!has_step && may_lack_steps_ && last_step_) {
      step.step = *last_step_;
      has_step = true;
    }
    constexpr uint32_t kTimeBit = 1u << static_cast<unsigned>(LogField::kTime);
    if ((step.known & ~kTimeBit) == 0) return absl::OkStatus();  // it measures nothing
    if (!has_step) return Problem(columns_.Of(LogField::kStep), "is missing: no step");
    RETURN_IF_ERROR(PlaceInAttempt(step));
    steps_.push_back(step);
    return absl::OkStatus();
  }

  bool has_percent_signs() const { return has_percent_signs_; }
  std::vector<LogStep> ReleaseSteps() { return std::move(steps_); }
  void AddRemarks(std::vector<std::string>& remarks) const {
    if (columns_.counts_epochs()) remarks.push_back("its steps are epochs");
    if (lacks_zone_) remarks.push_back("times have no zone: taken as UTC");
    if (returns_ > 0) {
      remarks.push_back(Concat("steps go back ", returns_, returns_ == 1 ? " time" : " times",
                               ": an attempt each, which counts from there on"));
    }
    if (negative_powers_ > 0) {
      remarks.push_back(Concat("power is below 0 in ", negative_powers_,
                               negative_powers_ == 1 ? " row" : " rows", ": no reading"));
    }
  }

 private:
  absl::Status TakeCell(LogField field, const LogCell& cell, LogStep& step) {
    if (field == LogField::kTime) return TakeTime(cell, step);
    absl::StatusOr<LogNumber> read = numbers_.Read(cell.text);
    if (!read.ok()) return Problem(cell.name, StdView(read.status().message()));
    if (!read->is_known) return absl::OkStatus();
    double value = read->value;
    switch (field) {
      case LogField::kStep:
        return TakeWhole(cell, value, 0, step.step);
      case LogField::kAttempt:
        return TakeWhole(cell, value, 1, step.attempt);
      case LogField::kTrainAccuracy:
      case LogField::kValidationAccuracy:
        if (std::isnan(value)) return absl::OkStatus();
        if (!(value >= 0 && value <= kMostPercent)) {
          return Problem(cell.name, Concat("is ", Quoted(cell.text),
                                           "; allowed: a fraction, 0 to 1, or percent"));
        }
        if (read->has_percent_sign) value /= 100;
        has_percent_signs_ = has_percent_signs_ || read->has_percent_sign;
        break;
      case LogField::kPower:
        if (value < 0) ++negative_powers_;
        if (!(value >= 0)) return absl::OkStatus();
        break;
      case LogField::kEnergy:
        if (std::isnan(value)) return absl::OkStatus();
        if (value < 0) return Problem(cell.name, Concat("is ", Quoted(cell.text), ", below 0"));
        break;
      default:
        break;
    }
    if (std::isfinite(value) && std::abs(value) > kMostMeasured) {
      return Problem(cell.name, Concat("is ", value, "; allowed: up to ", kMostMeasured));
    }
    step.Set(field, value);
    return absl::OkStatus();
  }

  absl::Status TakeTime(const LogCell& cell, LogStep& step) {
    const absl::StatusOr<LogTime> time = ReadLogTime(cell.text);
    if (!time.ok()) return Problem(cell.name, StdView(time.status().message()));
    step.time = time->time;
    if (step.time < FirstTime() || step.time > LastTime()) {
      return Problem(cell.name,
                     Concat("is ", Quoted(cell.text), ", not of the years 1900 to 2199"));
    }
    lacks_zone_ = lacks_zone_ || time->lacks_zone;
    step.Set(LogField::kTime, 0);
    return absl::OkStatus();
  }

  static absl::Status TakeWhole(const LogCell& cell, double value, int64_t least, int64_t& whole) {
    if (!(value >= static_cast<double>(least) && value <= static_cast<double>(kMostImportedSteps) &&
          value == std::floor(value))) {
      return Problem(cell.name, Concat("is ", Quoted(cell.text), "; allowed: a whole number, ",
                                       least, " or more"));
    }
    whole = static_cast<int64_t>(value);
    return absl::OkStatus();
  }

  // A quantity that is told of an earlier step once more was measured again: a new attempt.
  absl::Status PlaceInAttempt(LogStep& step) {
    const bool is_said = step.attempt > 0;
    if (is_said && step.attempt != attempt_) last_steps_.fill(-1);
    if (is_said) attempt_ = step.attempt;
    for (size_t field = 0; field < kLogFields; ++field) {
      if (static_cast<LogField>(field) == LogField::kTime) continue;  // it measures nothing
      if (!step.Knows(static_cast<LogField>(field)) || last_steps_[field] <= step.step) continue;
      if (is_said) {
        return absl::InvalidArgumentError(Concat("step ", step.step, " comes after ",
                                                 last_steps_[field], " in attempt ", attempt_,
                                                 "; steps must ascend within an attempt"));
      }
      ++returns_;
      ++attempt_;
      last_steps_.fill(-1);
      break;
    }
    constexpr int64_t kFew = 4;
    const auto rows = static_cast<int64_t>(steps_.size());
    if (returns_ > kMostReturns || (returns_ > kFew && returns_ > rows / 2)) {
      return absl::InvalidArgumentError(Concat("step ", step.step, " goes back, as ", returns_,
                                               " others do; sort the rows by ",
                                               Quoted(columns_.Of(LogField::kStep))));
    }
    step.attempt = attempt_;
    for (size_t field = 0; field < kLogFields; ++field) {
      if (step.Knows(static_cast<LogField>(field))) last_steps_[field] = step.step;
    }
    return absl::OkStatus();
  }

  const LogColumns& columns_;
  LogNumbers numbers_;
  const bool may_lack_steps_;
  std::optional<int64_t> last_step_;  // of a row that has one
  std::vector<LogStep> steps_;
  int64_t attempt_ = 1;
  std::array<int64_t, kLogFields> last_steps_;  // of each quantity in this attempt
  int64_t returns_ = 0;
  int64_t negative_powers_ = 0;
  bool lacks_zone_ = false;
  bool has_percent_signs_ = false;
};

// "columns: train_accuracy is train/acc, …", of those that are not ours.
void AddColumnRemark(const LogColumns& columns, std::vector<std::string>& remarks) {
  std::vector<std::string> renamed;
  for (size_t i = 0; i < kLogFields; ++i) {
    const auto field = static_cast<LogField>(i);
    if (columns.Of(field).empty() || columns.Of(field) == NameOf(field)) continue;
    renamed.push_back(Concat(NameOf(field), " is ", Printable(columns.Of(field))));
  }
  if (!renamed.empty()) remarks.push_back(Concat("columns: ", Join(renamed, ", ")));
}

absl::Status OfFile(std::string_view file_name, const absl::Status& status) {
  return absl::InvalidArgumentError(Concat(file_name, ": ", StdView(status.message())));
}

}  // namespace

absl::StatusOr<RunLog> ParseRunLog(std::string_view text, std::string_view file_name,
                                   const RunLogOptions& options) {
  if (!options.pattern.empty()) {
    ASSIGN_OR_RETURN(const LinePattern pattern, LinePattern::Create(options.pattern));
    return ReadRunLog(*OpenPatternRows(text, file_name, pattern), file_name, options);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<LogRows> rows, OpenLogRows(text, file_name));
  return ReadRunLog(*rows, file_name, options);
}

absl::StatusOr<RunLog> ReadRunLog(LogRows& rows, std::string_view file_name,
                                  const RunLogOptions& options) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, rows.Names());
  const absl::StatusOr<LogColumns> columns = LogColumns::Choose(names, options.columns);
  if (!columns.ok()) return OfFile(file_name, columns.status());
  RowReader reader(*columns, rows);
  RETURN_IF_ERROR(
      rows.ForEach([&](const std::vector<LogCell>& cells) { return reader.Take(cells); }));
  RunLogOptions known = options;
  if (reader.has_percent_signs()) known.is_percent = false;  // they were divided as they were read
  absl::StatusOr<RunLog> log = AssembleLog(reader.ReleaseSteps(), known);
  if (!log.ok()) return OfFile(file_name, log.status());
  AddColumnRemark(*columns, log->remarks);
  if (reader.has_percent_signs()) log->remarks.push_back("accuracies are in percent");
  reader.AddRemarks(log->remarks);
  if (rows.is_cut_off()) log->remarks.push_back("its last line is cut off: left out");
  return log;
}

}  // namespace powerdown
