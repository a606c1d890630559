#include "client/cli/completion_values.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "absl/strings/str_split.h"
#include "client/cli/spec_flags.h"
#include "client/cli/terminal/console.h"
#include "client/model/run_label.h"
#include "client/model/run_outcome.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_enums.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

template <typename Enum>
std::vector<std::string> AllNames() {
  std::vector<std::string> names;
  for (const std::string_view name : NamesOf<Enum>::kNames) {
    if (!name.empty()) names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> ChoicesOfSpec(std::string_view field_name) {
  for (const SpecField& field : SpecFields()) {
    if (field.name == field_name) return {field.choices.begin(), field.choices.end()};
  }
  return {};
}

std::vector<std::string> TaskChoices() {
  std::vector<std::string> names;
  for (const NamedTask& task : NamedTasks()) names.emplace_back(task.name);
  return names;
}

bool IsLower(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::isupper(c); });
}

// The values of one word of a usage line, such as RUN or FILE.png.
WordValues ValuesNamed(std::string_view path, std::string_view name) {
  const bool is_server = path.starts_with("powerdown server ");
  if (name == "RUN" || name == "COMPARISON") return {{}, ValueSource::kRuns};
  if (name == "TAG") return {{}, ValueSource::kTags};
  if (name == "ADDRESS" || (name == "NAME" && is_server)) return {{}, ValueSource::kServers};
  if (name == "KEY" && path.starts_with("powerdown config ")) return {{}, ValueSource::kKeys};
  if (name.starts_with("FILE") || name == "FOLDER" || name.ends_with(".toml")) {
    return {{}, ValueSource::kFiles};
  }
  if (name == "FORMAT") return {AllNames<OutputFormat>(), ValueSource::kNone};
  if (name == "WHEN") return {AllNames<ColorChoice>(), ValueSource::kNone};
  if (name == "STATE") return {AllNames<RunState>(), ValueSource::kNone};
  if (name == "TASK") return {TaskChoices(), ValueSource::kNone};
  if (name == "MODEL") return {ChoicesOfSpec("model"), ValueSource::kNone};
  return {};
}

// "off|observe|on" is its words; of "RUN|FILE" the first that has values.
WordValues ValuesOfUsage(std::string_view path, std::string_view usage) {
  const std::vector<std::string> parts = absl::StrSplit(AbslView(usage), absl::ByAnyChar("| "));
  if (parts.size() > 1 && IsLower(usage)) return {parts, ValueSource::kNone};
  for (const std::string& part : parts) {
    const WordValues values = ValuesNamed(path, part);
    if (!values.empty()) return values;
  }
  return {};
}

std::string ValueLine(std::string_view word, std::string_view what) {
  return Concat(word, "\t", Printable(what), "\n");
}

}  // namespace

WordValues ValuesOfOperand(std::string_view path, const CommandOperand& operand) {
  return ValuesOfUsage(path, operand.name);
}

WordValues ValuesOfFlag(std::string_view path, const CommandFlag& flag) {
  if (flag.value.empty()) return {};
  if (flag.name == "--task") return {TaskChoices(), ValueSource::kNone};
  for (const SpecField& field : SpecFields()) {
    if (flag.name == FlagOf(field) && field.choices.size() > 1) {
      return {{field.choices.begin(), field.choices.end()}, ValueSource::kNone};
    }
  }
  // A new name is nobody's yet.
  if (flag.value == "NAME") return {};
  return ValuesOfUsage(path, flag.value);
}

bool IsPlainWord(std::string_view text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '.' || c == ':' || c == '-' || c == '@' ||
           c == '/' || c == '+';
  };
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), is_plain);
}

std::string RunLines(const std::vector<Run>& runs) {
  std::string lines;
  if (!runs.empty()) lines = ValueLine("last", "the newest of your own");
  for (const Run& run : runs) {
    const std::string what = Concat(OutcomeWord(run), ", ", RunLabel(run));
    lines += ValueLine(ShownId(run), what);
  }
  return lines;
}

std::string TagLines(const std::vector<Run>& runs) {
  std::set<std::string> tags;
  for (const Run& run : runs) tags.insert(run.tags.begin(), run.tags.end());
  std::string lines;
  for (const std::string& tag : tags) {
    if (IsPlainWord(tag)) lines += Concat(tag, "\n");
  }
  return lines;
}

}  // namespace powerdown
