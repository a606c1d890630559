#include "common/run/run_log.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "common/base/json.h"
#include "common/base/lines.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/bundle_check.h"

namespace powerdown {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The fields of one line by name; only what a report can hold.
using Fields = std::map<std::string, std::string, std::less<>>;

// Splits one CSV record (RFC 4180, without line breaks inside quotes).
absl::StatusOr<std::vector<std::string>> SplitRecord(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (is_quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (is_quoted) return absl::InvalidArgumentError("a quoted field has no closing quote");
  for (std::string& field : fields) {
    field = std::string(absl::StripAsciiWhitespace(field));
  }
  return fields;
}

std::optional<double> Number(std::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(AbslView(text), &value)) return std::nullopt;
  return value;
}

class LineReader {
 public:
  explicit LineReader(const Fields& fields) : fields_(fields) {}

  double Real(std::string_view name, double otherwise) {
    const auto found = fields_.find(name);
    if (found == fields_.end() || found->second.empty()) return otherwise;
    const std::optional<double> value = Number(found->second);
    if (!value) Fail(Concat(name, " is ", Quoted(found->second), ", not a number"));
    return value.value_or(otherwise);
  }
  int64_t Whole(std::string_view name, int64_t least, std::optional<int64_t> otherwise) {
    if (!Has(name)) {
      if (!otherwise) Fail(Concat(name, " is missing"));
      return otherwise.value_or(least);
    }
    const double value = Real(name, 0);
    if (!(value >= static_cast<double>(least) && value <= static_cast<double>(kMostImportedSteps) &&
          value == std::floor(value))) {
      Fail(Concat(name, " is ", Quoted(fields_.find(name)->second), "; allowed: a whole number, ",
                  least, " or more"));
      return least;
    }
    return static_cast<int64_t>(value);
  }
  double Fraction(std::string_view name) {
    if (!Has(name)) Fail(Concat(name, " is missing"));
    const double value = Real(name, 0);
    if (!(value >= 0 && value <= 1)) {
      Fail(Concat(name, " is ", fields_.contains(name) ? fields_.find(name)->second : "",
                  "; allowed: a fraction, 0 to 1"));
    }
    return value;
  }
  std::optional<double> Optional(std::string_view name) {
    const double value = Real(name, kUnknown);
    return std::isnan(value) ? std::nullopt : std::optional<double>(value);
  }
  std::string Text(std::string_view name) const {
    const auto found = fields_.find(name);
    return found == fields_.end() ? "" : found->second;
  }
  const absl::Status& status() const { return status_; }

 private:
  bool Has(std::string_view name) const {
    const auto found = fields_.find(name);
    return found != fields_.end() && !found->second.empty();
  }
  void Fail(std::string problem) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(problem);
  }

  const Fields& fields_;
  absl::Status status_;
};

absl::StatusOr<StepReport> ReadReport(const Fields& fields) {
  LineReader reader(fields);
  StepReport report;
  report.attempt = reader.Whole("attempt", 1, 1);
  report.evaluation.step = reader.Whole("step", 0, std::nullopt);
  report.evaluation.train_loss = reader.Real("train_loss", kUnknown);
  report.evaluation.train_accuracy = reader.Fraction("train_accuracy");
  report.evaluation.validation_loss = reader.Real("validation_loss", kUnknown);
  report.evaluation.validation_accuracy = reader.Fraction("validation_accuracy");
  report.gradient_norm = reader.Real("gradient_norm", kUnknown);
  report.weight_norm = reader.Real("weight_norm", kUnknown);
  report.activation_sparsity = reader.Real("activation_sparsity", kUnknown);
  if (const auto power = reader.Optional("power_watts")) report.power = Watts(*power);
  if (const auto energy = reader.Optional("energy_joules")) report.energy = Joules(*energy);
  RETURN_IF_ERROR(reader.status());
  const std::string time = reader.Text("time");
  std::string problem;
  if (!time.empty() && !absl::ParseTime(absl::RFC3339_full, time, &report.time, &problem)) {
    return absl::InvalidArgumentError(Concat("time is ", Quoted(time), ", not RFC 3339"));
  }
  return report;
}

absl::StatusOr<Fields> JsonFields(std::string_view line) {
  ASSIGN_OR_RETURN(const Json json, ParseJsonObject(line));
  Fields fields;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) fields[name] = value.get<std::string>();
    if (value.is_number()) fields[name] = JsonText(value);
  }
  return fields;
}

class Parser {
 public:
  absl::Status Take(std::string_view line) {
    const bool is_json = line.front() == '{';
    if (is_json) {
      ASSIGN_OR_RETURN(const Fields fields, JsonFields(line));
      // Events and runs' summaries may stand between step reports; a report without its step may
      // not.
      const bool is_report = fields.contains("step") || fields.contains("train_accuracy") ||
                             fields.contains("validation_accuracy");
      const bool is_ours = fields.contains("event") || fields.contains("state");
      if (is_ours || !is_report) return absl::OkStatus();
      return Add(fields);
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> record, SplitRecord(line));
    if (columns_.empty()) return TakeHeader(record);
    if (record.size() != columns_.size()) {
      return absl::InvalidArgumentError(
          Concat("has ", record.size(), " fields, the header has ", columns_.size()));
    }
    Fields fields;
    for (size_t i = 0; i < record.size(); ++i) fields[columns_[i]] = record[i];
    return Add(fields);
  }
  std::vector<StepReport> Release() { return std::move(reports_); }

 private:
  absl::Status TakeHeader(const std::vector<std::string>& record) {
    for (const char* name : {"step", "train_accuracy", "validation_accuracy"}) {
      if (std::count(record.begin(), record.end(), name) == 1) continue;
      return absl::InvalidArgumentError(Concat("the header must name one column ", Quoted(name),
                                               "; it has ", Join(record, ", ")));
    }
    columns_ = record;
    return absl::OkStatus();
  }
  absl::Status Add(const Fields& fields) {
    ASSIGN_OR_RETURN(StepReport report, ReadReport(fields));
    if (!reports_.empty() && reports_.back().attempt == report.attempt &&
        report.evaluation.step <= reports_.back().evaluation.step) {
      return absl::InvalidArgumentError(Concat("step ", report.evaluation.step, " comes after ",
                                               reports_.back().evaluation.step,
                                               "; steps must ascend"));
    }
    RETURN_IF_ERROR(CheckRanges(report));
    reports_.push_back(std::move(report));
    return absl::OkStatus();
  }

  std::vector<std::string> columns_;
  std::vector<StepReport> reports_;
};

}  // namespace

absl::StatusOr<std::vector<StepReport>> ParseRunLog(std::string_view text,
                                                    std::string_view file_name) {
  Parser parser;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  RETURN_IF_ERROR(ForEachLine(text, file_name, [&](std::string_view line) {
    line = StdView(absl::StripAsciiWhitespace(AbslView(line)));
    return line.empty() ? absl::OkStatus() : parser.Take(line);
  }));
  std::vector<StepReport> reports = parser.Release();
  if (reports.empty()) {
    return absl::InvalidArgumentError(Concat(file_name, ": has no step report"));
  }
  return reports;
}

}  // namespace powerdown
