// The SPEC flags that several commands take: what to train. Reads the files that they name.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"
#include "common/run/run_spec.h"

namespace powerdown {

std::string FlagOf(const SpecField& field);  // "--weight-decay"
void AddSpecFlags(CommandTree& command);
bool HasSpecFlag(const CommandWords& words);
std::vector<std::string> SpecFlags(const CommandWords& words);  // those that were given

// The spec of the flags, complete and valid. InvalidArgument names the field or the file.
absl::StatusOr<RunSpec> ReadSpec(const CommandWords& words);
// The two parts of it, for a sweep: the fields as they were given, then the check of one spec with
// the table of a table task put in.
absl::StatusOr<RunSpec> ReadSpecFields(const CommandWords& words);
absl::Status CompleteSpec(RunSpec& spec);

// Sets the fields that have a flag; --spec is not looked at.
absl::Status SetSpecFlags(const CommandWords& words, RunSpec& spec);

}  // namespace powerdown
