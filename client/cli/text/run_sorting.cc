#include "client/cli/text/run_sorting.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

using Key = std::optional<std::variant<double, std::string>>;

template <typename T>
Key NumberKey(const std::optional<T>& value) {
  return value ? Key(static_cast<double>(*value)) : Key();
}

struct Field {
  std::string_view name;
  Key (*key)(const Run& run);
};

constexpr Field kFields[] = {
    {"name", [](const Run& run) { return Key(run.name); }},
    {"task", [](const Run& run) { return Key(run.spec.task); }},
    {"steps", [](const Run& run) { return Key(static_cast<double>(run.steps)); }},
    {"memorised_step", [](const Run& run) { return NumberKey(run.memorised_step); }},
    {"grok_step", [](const Run& run) { return NumberKey(run.grok_step); }},
    {"validation_accuracy", [](const Run& run) { return NumberKey(run.validation_accuracy); }},
    {"energy", [](const Run& run) { return run.energy ? Key(run.energy->gross.value()) : Key(); }},
    {"created_at",
     [](const Run& run) { return Key(absl::ToDoubleSeconds(run.created_at - absl::UnixEpoch())); }},
};

}  // namespace

absl::Status SortRuns(const std::string& field, std::vector<Run>& runs) {
  if (field.empty()) return absl::OkStatus();
  const bool is_descending = field.starts_with("-");
  const std::string_view name = std::string_view(field).substr(is_descending ? 1 : 0);
  std::vector<std::string_view> names;
  for (const Field& known : kFields) {
    names.push_back(known.name);
    if (known.name != name) continue;
    std::stable_sort(runs.begin(), runs.end(), [&](const Run& a, const Run& b) {
      const Key left = known.key(a);
      const Key right = known.key(b);
      if (!left || !right) return left.has_value() && !right.has_value();
      return is_descending ? *right < *left : *left < *right;
    });
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(Concat("sort: ", Quoted(field), NotKnown(field, names)));
}

}  // namespace powerdown
