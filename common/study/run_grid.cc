#include "common/study/run_grid.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>

#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/toml_bounds.h"

namespace powerdown {
namespace {

constexpr size_t kMostRuns = 100000;

absl::Status At(std::string_view file_name, const toml::node& node, std::string_view message) {
  return absl::InvalidArgumentError(
      Concat(file_name, ":", node.source().begin.line, ": ", message));
}

std::string ValueText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* whole = node.as_integer()) return Concat(whole->get());
  if (const auto* real = node.as_floating_point()) return JsonText(real->get());
  return "";
}

// The values of a key: its one value, or the items of its array.
std::vector<std::string> Values(const toml::node& node) {
  std::vector<std::string> values;
  if (const auto* array = node.as_array()) {
    for (const toml::node& item : *array) values.push_back(ValueText(item));
  } else {
    values.push_back(ValueText(node));
  }
  return values;
}

class GridReader {
 public:
  explicit GridReader(std::string_view file_name) : file_name_(file_name) {}

  absl::Status Read(const toml::table& document) {
    std::vector<RunSpec> defaults(1);
    if (const auto* table = document["defaults"].as_table()) {
      for (const auto& [key, node] : *table) RETURN_IF_ERROR(Sweep(key.str(), node, defaults));
    }
    if (defaults.size() != 1) {
      return absl::InvalidArgumentError(
          Concat(file_name_, ": a default must be one value, not a list"));
    }
    const auto* grids = document["grid"].as_array();
    if (grids == nullptr) {
      return absl::InvalidArgumentError(
          Concat(file_name_, ": no [[grid]] found; add at least one"));
    }
    for (const toml::node& grid : *grids) {
      const auto* table = grid.as_table();
      if (table == nullptr) return At(file_name_, grid, "grid is not a table");
      RETURN_IF_ERROR(ReadFamily(*table, defaults.front()));
    }
    return absl::OkStatus();
  }

  std::vector<GridRun> Release() {
    std::vector<GridRun> runs;
    for (auto& [hash, run] : runs_) runs.push_back(std::move(run));
    return runs;
  }

 private:
  absl::Status ReadFamily(const toml::table& table, const RunSpec& defaults) {
    std::vector<RunSpec> specs = {defaults};
    for (const auto& [key, node] : table) {
      if (key == "name" || key == "tier") continue;
      RETURN_IF_ERROR(Sweep(key.str(), node, specs));
    }
    for (const RunSpec& spec : specs) {
      if (const absl::Status valid = ValidateSpec(spec); !valid.ok()) {
        return At(file_name_, table, StdView(valid.message()));
      }
      if (runs_.size() > kMostRuns) {
        return At(file_name_, table, Concat("the grid has more than ", kMostRuns, " runs"));
      }
      runs_.emplace(SpecHash(spec), GridRun{table["name"].value_or(std::string()),
                                            table["tier"].value_or(std::string()), spec});
    }
    return absl::OkStatus();
  }

  // Multiplies the specs so far by the values of the key.
  absl::Status Sweep(std::string_view key, const toml::node& node, std::vector<RunSpec>& specs) {
    const std::vector<std::string> fields = key == "seeds"
                                                ? std::vector<std::string>{"seed", "split_seed"}
                                                : std::vector<std::string>{std::string(key)};
    const std::vector<std::string> values = Values(node);
    // Before they are made: the product of two long lists is no list that fits in memory.
    if (specs.size() * values.size() > kMostRuns) {
      return At(file_name_, node, Concat("the grid has more than ", kMostRuns, " runs"));
    }
    std::vector<RunSpec> swept;
    for (const RunSpec& spec : specs) {
      for (const std::string& value : values) {
        RunSpec& added = swept.emplace_back(spec);
        for (const std::string& field : fields) {
          const absl::Status set = SetSpecField(added, field, value);
          if (!set.ok()) return At(file_name_, node, StdView(set.message()));
        }
      }
    }
    specs = std::move(swept);
    return absl::OkStatus();
  }

  const std::string file_name_;
  std::map<std::string, GridRun> runs_;
};

}  // namespace

absl::StatusOr<std::vector<GridRun>> ParseGrid(std::string_view text, std::string_view file_name) {
  RETURN_IF_ERROR(CheckToml(text, file_name));
  toml::table document;
  try {
    document = toml::parse(text, file_name);
  } catch (const toml::parse_error& problem) {
    return absl::InvalidArgumentError(
        Concat(file_name, ":", problem.source().begin.line, ": ", problem.description()));
  }
  GridReader reader(file_name);
  RETURN_IF_ERROR(reader.Read(document));
  return reader.Release();
}

}  // namespace powerdown
