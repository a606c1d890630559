// The name of a run whose user gave none. Pure.
#pragma once

#include <filesystem>
#include <string>

#include "common/base/text.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {

// "addition mod 59, mlp, seed 0".
inline std::string NameFromSpec(const RunSpec& spec) {
  std::string task = spec.task;
  if (IsTableTask(spec)) task = std::filesystem::path(TableFile(spec)).filename().string();
  if (HasModulus(spec)) task += Concat(" mod ", spec.modulus);
  return Concat(task, ", ", spec.model, ", seed ", spec.seed);
}

}  // namespace powerdown
