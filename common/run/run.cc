#include "common/run/run.h"

#include <algorithm>

#include "common/base/sha256.h"
#include "common/base/text.h"

namespace powerdown {

int64_t RevisionOf(const RunUpdate& update) {
  return std::visit([](const auto& what) { return what.revision; }, update);
}

namespace {

std::string CommandFamily(const CommandSpec& command) {
  return Concat("command/", Sha256Hex(Concat(command.directory, "\n", CommandText(command))));
}

}  // namespace

std::string FamilyOf(const Run& run) {
  return run.command ? CommandFamily(*run.command) : SpecFamily(run.spec);
}

std::string StepCostFamilyOf(const Run& run) {
  return run.command ? CommandFamily(*run.command) : StepCostFamily(run.spec);
}

std::optional<Money> RentOf(const Run& run) {
  if (!run.started_at || !run.ended_at) return std::nullopt;
  return RentOf(std::max(*run.ended_at - *run.started_at, absl::ZeroDuration()), run.factors);
}

}  // namespace powerdown
