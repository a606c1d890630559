#include "client/cli/spec_flags.h"

#include <variant>

#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr char kGroup[] = "SPEC: what to train";

std::string ValueName(const SpecField& field) {
  if (std::holds_alternative<std::string RunSpec::*>(field.member)) return "NAME";
  return std::holds_alternative<int64_t RunSpec::*>(field.member) ? "N" : "NUMBER";
}

// A file that a flag names: what is wrong with it is an error of the command line.
absl::StatusOr<std::string> ReadNamedFile(std::string_view flag, const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (text.ok()) return text;
  return absl::InvalidArgumentError(Concat(flag, ": ", StdView(text.status().message())));
}

}  // namespace

std::string FlagOf(const SpecField& field) {
  return Concat("--", absl::StrReplaceAll(AbslView(field.name), {{"_", "-"}}));
}

void AddSpecFlags(CommandTree& command) {
  const RunSpec defaults;
  for (const SpecField& field : SpecFields()) {
    if (field.is_content) continue;
    const std::string choices =
        field.choices.size() < 2 ? "" : Concat(": ", Join(field.choices, ", "));
    command.flags.push_back(
        {.name = FlagOf(field),
         .value = ValueName(field),
         .help = Concat(field.help, choices, " [", SpecFieldText(defaults, field), "]"),
         .group = kGroup});
  }
  command.flags.push_back({.name = "--spec",
                           .value = "FILE.toml",
                           .help = "read these fields from a file; flags override the file",
                           .group = kGroup});
}

std::vector<std::string> SpecFlags(const CommandWords& words) {
  std::vector<std::string> given;
  if (words.Has("--spec")) given.emplace_back("--spec");
  for (const SpecField& field : SpecFields()) {
    if (words.Has(FlagOf(field))) given.push_back(FlagOf(field));
  }
  return given;
}

bool HasSpecFlag(const CommandWords& words) {
  return !SpecFlags(words).empty();
}

absl::Status SetSpecFlags(const CommandWords& words, RunSpec& spec) {
  for (const SpecField& field : SpecFields()) {
    if (const auto text = words.Find(FlagOf(field))) {
      RETURN_IF_ERROR(SetSpecField(spec, field.name, *text));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<RunSpec> ReadSpecFields(const CommandWords& words) {
  RunSpec spec;
  if (const auto path = words.Find("--spec")) {
    ASSIGN_OR_RETURN(const std::string text, ReadNamedFile("spec", *path));
    ASSIGN_OR_RETURN(spec, SpecFromToml(text, *path));
  }
  RETURN_IF_ERROR(SetSpecFlags(words, spec));
  return spec;
}

absl::Status CompleteSpec(RunSpec& spec) {
  // The table's file is on this machine, so its lines go to the daemon with the spec.
  if (IsTableTask(spec) && spec.table.empty()) {
    ASSIGN_OR_RETURN(const std::string lines, ReadNamedFile("task", TableFile(spec)));
    RETURN_IF_ERROR(SetSpecField(spec, "table", lines));
  }
  return ValidateSpec(spec);
}

absl::StatusOr<RunSpec> ReadSpec(const CommandWords& words) {
  ASSIGN_OR_RETURN(RunSpec spec, ReadSpecFields(words));
  RETURN_IF_ERROR(CompleteSpec(spec));
  return spec;
}

}  // namespace powerdown
