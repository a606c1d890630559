#include "common/run/sweep.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

struct Axis {
  std::string field;
  std::vector<std::string> values;
};

absl::Status Problem(std::string_view what) {
  return absl::InvalidArgumentError(
      Concat("sweep: ", what, "; allowed: FIELD=VALUE|VALUE or FIELD=FIRST..LAST, between commas"));
}

// One value, or the whole numbers of a range.
absl::Status AddValues(std::string_view text, Axis& axis) {
  const size_t dots = text.find("..");
  if (dots == text.npos) {
    axis.values.emplace_back(text);
    return absl::OkStatus();
  }
  int64_t first = 0;
  int64_t last = 0;
  if (!absl::SimpleAtoi(AbslView(text.substr(0, dots)), &first) ||
      !absl::SimpleAtoi(AbslView(text.substr(dots + 2)), &last) || first > last) {
    return Problem(Concat(Quoted(text), " is not a range of whole numbers"));
  }
  if (last - first >= static_cast<int64_t>(kMostSweepRuns)) {
    return Problem(Concat(Quoted(text), " has more than ", kMostSweepRuns, " values"));
  }
  for (int64_t value = first; value <= last; ++value) axis.values.push_back(Concat(value));
  return absl::OkStatus();
}

absl::StatusOr<Axis> ParseAxis(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos) return Problem(Concat(Quoted(text), " has no \"=\""));
  Axis axis;
  axis.field = std::string(absl::StripAsciiWhitespace(AbslView(text.substr(0, equals))));
  if (axis.field.empty()) return Problem(Concat(Quoted(text), " has no name before its \"=\""));
  for (absl::string_view value : absl::StrSplit(AbslView(text.substr(equals + 1)), '|')) {
    RETURN_IF_ERROR(AddValues(StdView(absl::StripAsciiWhitespace(value)), axis));
    if (axis.values.size() > kMostSweepRuns) {
      return Problem(Concat(Quoted(axis.field), " has more than ", kMostSweepRuns, " values"));
    }
  }
  return axis;
}

// The name of a field of the spec, however it was written.
absl::Status NameField(Axis& axis) {
  axis.field = absl::StrReplaceAll(axis.field, {{"-", "_"}});
  const SpecField* field = FindSpecField(axis.field);
  if (field != nullptr && !field->is_content) return absl::OkStatus();
  std::vector<std::string_view> names;
  for (const SpecField& known : SpecFields()) {
    if (!known.is_content) names.push_back(known.name);
  }
  return absl::InvalidArgumentError(
      Concat("sweep: ", Quoted(axis.field), NotKnown(axis.field, names)));
}

absl::StatusOr<std::vector<SweepValues>> Combine(std::string_view text,
                                                 const std::vector<Axis>& axes) {
  std::vector<SweepValues> points = {{}};
  for (const Axis& axis : axes) {
    if (points.size() * axis.values.size() > kMostSweepRuns) {
      return absl::InvalidArgumentError(Concat("sweep: ", Quoted(text), " is more than ",
                                               kMostSweepRuns, " runs; allowed: up to ",
                                               kMostSweepRuns));
    }
    std::vector<SweepValues> product;
    for (const SweepValues& point : points) {
      for (const std::string& value : axis.values) {
        SweepValues next = point;
        next.values.emplace_back(axis.field, value);
        next.label += Concat(next.label.empty() ? "" : " ", axis.field, "=", value);
        product.push_back(std::move(next));
      }
    }
    points = std::move(product);
  }
  return points;
}

// `name` is told each axis as it is read, and may name it otherwise.
template <typename Name>
absl::StatusOr<std::vector<SweepValues>> Expand(std::string_view text, Name name) {
  std::vector<Axis> axes;
  for (absl::string_view part : absl::StrSplit(AbslView(text), ',')) {
    ASSIGN_OR_RETURN(Axis axis, ParseAxis(StdView(part)));
    RETURN_IF_ERROR(name(axis));
    for (const Axis& earlier : axes) {
      if (earlier.field == axis.field)
        return Problem(Concat(Quoted(axis.field), " is there twice"));
    }
    axes.push_back(std::move(axis));
  }
  return Combine(text, axes);
}

}  // namespace

absl::StatusOr<std::vector<SweepPoint>> ExpandSweep(const RunSpec& base, std::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<SweepValues> expanded, Expand(text, NameField));
  std::vector<SweepPoint> points;
  for (const SweepValues& values : expanded) {
    SweepPoint& point = points.emplace_back(SweepPoint{base, values.label});
    for (const auto& [field, value] : values.values) {
      RETURN_IF_ERROR(SetSpecField(point.spec, field, value));
    }
  }
  return points;
}

absl::StatusOr<std::vector<SweepValues>> ExpandValues(std::string_view text) {
  return Expand(text, [](const Axis&) { return absl::OkStatus(); });
}

absl::StatusOr<std::vector<std::string>> FillWords(const std::vector<std::string>& words,
                                                   const SweepValues& values) {
  std::vector<std::string> filled = words;
  for (const auto& [name, value] : values.values) {
    const std::string place = Concat("{", name, "}");
    bool is_used = false;
    for (std::string& word : filled) {
      is_used = absl::StrReplaceAll({{place, value}}, &word) > 0 || is_used;
    }
    if (is_used) continue;
    return absl::InvalidArgumentError(Concat("sweep: ", place, " is nowhere in the command; write ",
                                             place, " where its value belongs"));
  }
  return filled;
}

}  // namespace powerdown
