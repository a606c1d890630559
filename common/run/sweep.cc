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
  axis.field = absl::StrReplaceAll(absl::StripAsciiWhitespace(AbslView(text.substr(0, equals))),
                                   {{"-", "_"}});
  const SpecField* field = FindSpecField(axis.field);
  if (field == nullptr || field->is_content) {
    std::vector<std::string_view> names;
    for (const SpecField& known : SpecFields()) {
      if (!known.is_content) names.push_back(known.name);
    }
    return absl::InvalidArgumentError(
        Concat("sweep: ", Quoted(axis.field), NotKnown(axis.field, names)));
  }
  for (absl::string_view value : absl::StrSplit(AbslView(text.substr(equals + 1)), '|')) {
    RETURN_IF_ERROR(AddValues(StdView(absl::StripAsciiWhitespace(value)), axis));
    if (axis.values.size() > kMostSweepRuns) {
      return Problem(Concat(Quoted(axis.field), " has more than ", kMostSweepRuns, " values"));
    }
  }
  return axis;
}

}  // namespace

absl::StatusOr<std::vector<SweepPoint>> ExpandSweep(const RunSpec& base, std::string_view text) {
  std::vector<SweepPoint> points = {{base, ""}};
  std::vector<std::string> fields;
  for (absl::string_view part : absl::StrSplit(AbslView(text), ',')) {
    ASSIGN_OR_RETURN(const Axis axis, ParseAxis(StdView(part)));
    for (const std::string& earlier : fields) {
      if (earlier == axis.field) return Problem(Concat(Quoted(axis.field), " is there twice"));
    }
    fields.push_back(axis.field);
    if (points.size() * axis.values.size() > kMostSweepRuns) {
      return absl::InvalidArgumentError(Concat("sweep: ", Quoted(text), " is more than ",
                                               kMostSweepRuns, " runs; allowed: up to ",
                                               kMostSweepRuns));
    }
    std::vector<SweepPoint> product;
    for (const SweepPoint& point : points) {
      for (const std::string& value : axis.values) {
        SweepPoint next = point;
        RETURN_IF_ERROR(SetSpecField(next.spec, axis.field, value));
        next.label += Concat(next.label.empty() ? "" : " ", axis.field, "=", value);
        product.push_back(std::move(next));
      }
    }
    points = std::move(product);
  }
  return points;
}

}  // namespace powerdown
