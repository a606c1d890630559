#include "common/log/event_rows.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/event_file.h"
#include "common/log/log_columns.h"

namespace powerdown {
namespace {

// The names of a row's step and time. A scalar of such a name would be a second column for it.
constexpr std::string_view kStepName = "step";
constexpr std::string_view kTimeName = "wall_time";

struct ScalarRow {
  uint32_t name = 0;
  int64_t step = 0;
  double wall_time = 0;
  double value = 0;
};

std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

class EventRows : public LogRows {
 public:
  explicit EventRows(std::string_view folder) : folder_(folder) {}

  absl::Status Read(const EventFile& file) {
    const std::string prefix = EventNamePrefix(file.path);
    EventFileReader reader(Concat(folder_, "/", file.path));
    absl::Status added;
    RETURN_IF_ERROR(reader.Push(file.bytes, [&](const LogEvent& event) {
      for (const EventScalar& scalar : event.scalars) {
        if (added.ok()) added = Add(Concat(prefix, scalar.tag), event, scalar.value);
      }
    }));
    RETURN_IF_ERROR(added);
    is_cut_off_ = is_cut_off_ || reader.is_cut_off() || reader.damaged_records() > 0;
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> Names() override {
    if (rows_.empty()) return absl::InvalidArgumentError(Concat(folder_, ": has no scalars"));
    std::vector<std::string> names{std::string(kStepName), std::string(kTimeName)};
    names.insert(names.end(), names_.begin(), names_.end());
    return names;
  }

  absl::Status ForEach(const TakeLogRow& take) override {
    for (const ScalarRow& row : rows_) {
      const std::string step = Concat(row.step);
      const std::string time = absl::StrFormat("%.17g", row.wall_time);
      const std::string value = absl::StrFormat("%.17g", row.value);
      std::vector<LogCell> cells{{kStepName, step}, {names_[row.name], value}};
      if (row.wall_time > 0) cells.push_back({kTimeName, time});
      if (const absl::Status taken = take(cells); !taken.ok()) {
        return absl::InvalidArgumentError(Concat(folder_, ": ", StdView(taken.message())));
      }
    }
    return absl::OkStatus();
  }
  bool is_cut_off() const override { return is_cut_off_; }

 private:
  absl::Status Add(const std::string& name, const LogEvent& event, double value) {
    if (name == kStepName || name == kTimeName) return absl::OkStatus();
    const auto [found, is_new] = numbers_.try_emplace(name, names_.size());
    if (is_new) {
      if (names_.size() == kMostLogColumns) {
        return absl::InvalidArgumentError(
            Concat(folder_, ": has scalars of more than ", kMostLogColumns, " names"));
      }
      names_.push_back(name);
    }
    rows_.push_back({static_cast<uint32_t>(found->second), event.step, event.wall_time, value});
    return absl::OkStatus();
  }

  const std::string folder_;
  std::vector<std::string> names_;
  std::map<std::string, size_t> numbers_;  // by name: its place in names_
  std::vector<ScalarRow> rows_;
  bool is_cut_off_ = false;
};

// Where files lie of which no other part of the path says that they belong together.
std::string TrainingOf(std::string_view path) {
  std::vector<std::string> parts;
  std::string_view rest = FolderOf(path);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('/'), rest.size());
    if (!NamesASide(rest.substr(0, end))) parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return Join(parts, "/");
}

}  // namespace

bool IsEventFileName(std::string_view path) {
  return path.find("tfevents", FolderOf(path).size()) != path.npos;
}

std::string EventNamePrefix(std::string_view path) {
  std::string_view rest = FolderOf(path);
  while (!rest.empty()) {
    const size_t start = rest.rfind('/') == rest.npos ? 0 : rest.rfind('/') + 1;
    if (NamesASide(rest.substr(start))) return Concat(rest.substr(start), "/");
    rest = rest.substr(0, start == 0 ? 0 : start - 1);
  }
  return "";
}

absl::StatusOr<std::unique_ptr<LogRows>> OpenEventRows(const std::vector<EventFile>& files,
                                                       std::string_view folder) {
  auto rows = std::make_unique<EventRows>(folder);
  std::optional<std::string> training;
  for (const EventFile& file : files) {
    const std::string other = TrainingOf(file.path);
    if (training && *training != other) {
      return absl::InvalidArgumentError(Concat(folder, ": has several trainings, ",
                                               Quoted(*training), " and ", Quoted(other),
                                               "; name the folder of one"));
    }
    training = other;
    RETURN_IF_ERROR(rows->Read(file));
  }
  return rows;
}

}  // namespace powerdown
