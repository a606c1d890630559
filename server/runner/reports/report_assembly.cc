#include "server/runner/reports/report_assembly.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/log_assembly.h"
#include "common/run/bundle_check.h"
#include "common/run/run.h"

namespace powerdown {
namespace {

// Steps are counted in 64 bits with a sign; a double holds whole numbers up to here.
constexpr double kMostStep = 9007199254740992;  // 2^53

bool IsAccuracy(LogField field) {
  return field == LogField::kTrainAccuracy || field == LogField::kValidationAccuracy;
}
// What says where a row belongs, and measures nothing.
bool IsPlace(LogField field) {
  return field == LogField::kStep || field == LogField::kAttempt || field == LogField::kTime;
}

std::optional<absl::Time> WallTime(double seconds) {
  constexpr double kEndOfTimes = 1e11;  // far from overflow
  if (!(seconds > 0 && seconds < kEndOfTimes)) return std::nullopt;
  const absl::Time time = absl::UnixEpoch() + absl::Seconds(seconds);
  return HasTime(time) ? std::optional(time) : std::nullopt;
}

}  // namespace

ReportAssembly::ReportAssembly(LiveColumns columns, const RunLogOptions& options,
                               const RowReading& reading)
    : options_(options),
      reading_(reading),
      columns_(std::move(columns)),
      numbers_(std::in_place, reading.may_have_decimal_commas),
      unit_(options.is_percent, reading.is_likely_fraction) {}

absl::StatusOr<ReportAssembly> ReportAssembly::Create(const RunLogOptions& options,
                                                      const RowReading& reading) {
  ASSIGN_OR_RETURN(LiveColumns columns, LiveColumns::Create(options.columns));
  return ReportAssembly(std::move(columns), options, reading);
}

void ReportAssembly::TakeHeader(const std::vector<std::string>& names,
                                bool may_have_decimal_commas) {
  numbers_.emplace(may_have_decimal_commas);
  for (const std::string& name : names) {
    if (!name.empty()) columns_.Learn(name, warnings_);
  }
  const absl::Status chosen = LogColumns::Choose(names, options_.columns).status();
  if (!chosen.ok()) warnings_.Add("columns", std::string(chosen.message()));
}

void ReportAssembly::TakeRow(const std::vector<LogCell>& cells) {
  Row row;
  for (const LogCell& cell : cells) columns_.Learn(cell.name, warnings_);
  for (const LogCell& cell : cells) {
    if (const std::optional<LogField> field = columns_.FieldOf(cell.name)) {
      TakeField(*field, cell, row);
    } else if (columns_.IsExtra(cell.name)) {
      // Texts are no metrics: a file's name, "train".
      double value = 0;
      if (absl::SimpleAtod(AbslView(cell.text), &value)) row.metrics.emplace_back(cell.name, value);
    }
  }
  Place(std::move(row));
}

void ReportAssembly::TakeEvent(const LogEvent& event, std::string_view prefix) {
  Row row{.step = event.step, .time = WallTime(event.wall_time)};
  std::vector<std::string> names;
  for (const EventScalar& scalar : event.scalars) {
    names.push_back(Concat(prefix, scalar.tag));
    columns_.Learn(names.back(), warnings_);
  }
  for (size_t i = 0; i < names.size(); ++i) {
    const std::optional<LogField> field = columns_.FieldOf(names[i]);
    const double value = event.scalars[i].value;
    if (field && !IsPlace(*field)) TakeMeasured(*field, value, row);
    if (!field && columns_.IsExtra(names[i])) row.metrics.emplace_back(names[i], value);
  }
  Place(std::move(row));
}

void ReportAssembly::TakeTime(const LogCell& cell, Row& row) {
  const absl::StatusOr<LogTime> read = ReadLogTime(cell.text);
  if (!read.ok()) {
    warnings_.Add(Concat("bad values of ", Printable(cell.name)),
                  Concat(Printable(cell.name), " ", StdView(read.status().message())));
  } else if (HasTime(read->time)) {
    row.time = read->time;
  }
}

void ReportAssembly::TakeField(LogField field, const LogCell& cell, Row& row) {
  if (field == LogField::kTime) return TakeTime(cell, row);
  if (field == LogField::kAttempt) return;  // the runner counts them
  const absl::StatusOr<LogNumber> read = numbers_->Read(cell.text);
  if (!read.ok()) {
    warnings_.Add(Concat("bad values of ", Printable(cell.name)),
                  Concat(Printable(cell.name), " ", StdView(read.status().message())));
    return;
  }
  if (!read->is_known) return;
  double value = read->value;
  if (field != LogField::kStep) {
    if (read->has_percent_sign && IsAccuracy(field)) {
      unit_.HasSigns();
      value /= 100;
    }
    return TakeMeasured(field, value, row);
  }
  if (!(value >= 0 && value <= kMostStep && std::floor(value) == value)) {
    warnings_.Add(Concat("bad values of ", Printable(cell.name)),
                  Concat(Printable(cell.name), " is ", Quoted(cell.text),
                         "; allowed: a whole number, 0 or more"));
    return;
  }
  row.step = static_cast<int64_t>(value);
}

void ReportAssembly::TakeMeasured(LogField field, double value, Row& row) {
  if (IsAccuracy(field) || field == LogField::kPower || field == LogField::kEnergy) {
    if (std::isnan(value)) return;  // not measured
    const double most = IsAccuracy(field) ? kMostPercent : kMostMeasured;
    if (!(value >= 0 && value <= most)) {
      warnings_.Add(Concat("bad values of ", NameOf(field)),
                    Concat(NameOf(field), " is ", value, ", left out; allowed: 0 to ", most));
      return;
    }
  }
  if (std::isfinite(value) && std::abs(value) > kMostMeasured) {
    warnings_.Add(
        Concat("bad values of ", NameOf(field)),
        Concat(NameOf(field), " is ", value, ", left out; allowed: up to ", kMostMeasured));
    return;
  }
  row.metrics.emplace_back(NameOf(field), value);
}

void ReportAssembly::Place(Row row) {
  if (row.step) last_step_ = row.step;
  if (!row.step && reading_.may_lack_steps) row.step = last_step_;
  if (row.metrics.empty()) return;
  if (!row.step || *row.step < 0) {
    warnings_.Add("reports without a step",
                  "a report has no step, left out; each needs one, called step, or "
                  "--column step=NAME");
    return;
  }
  has_rows_ = true;
  if (pending_ && pending_->step != *row.step) Flush();
  if (!pending_) {
    const bool goes_on = last_ && last_->step == *row.step;
    pending_ = goes_on ? *last_ : ProgramReport{.step = *row.step};
  }
  if (row.time) pending_->time = row.time;
  for (auto& [name, value] : row.metrics) {
    usual_.insert(name);
    pending_->metrics.insert_or_assign(std::move(name), value);
  }
  if (IsComplete()) Flush();
}

// Programs that report all of a step in one row are heard at once; of others the next step says
// that the last one is complete.
bool ReportAssembly::IsComplete() const {
  constexpr int64_t kKnownAfter = 2;  // steps
  return flushed_ >= kKnownAfter && pending_->metrics.size() == usual_.size();
}

void ReportAssembly::Flush() {
  if (!pending_) return;
  ++flushed_;
  last_ = *pending_;
  unit_.Take(*std::move(pending_), ready_, warnings_);
  pending_.reset();
}

void ReportAssembly::EndPoll() {
  if (!has_rows_) Flush();
  has_rows_ = false;
}

void ReportAssembly::Finish() {
  Flush();
  unit_.Finish(ready_, warnings_);
  columns_.WarnOfMissing(warnings_);
  warnings_.AddCounts();
}

std::vector<ProgramReport> ReportAssembly::Release(size_t most) {
  const auto end = ready_.begin() + static_cast<ptrdiff_t>(std::min(most, ready_.size()));
  std::vector<ProgramReport> released(std::make_move_iterator(ready_.begin()),
                                      std::make_move_iterator(end));
  ready_.erase(ready_.begin(), end);
  return released;
}

}  // namespace powerdown
