// What ending early saved: a run's energy carried on from its last step to its declared schedule,
// the step limit. Pure.
#pragma once

#include <optional>

#include "common/run/run.h"

namespace powerdown {

// Of a run that was stopped before its step limit: each step left is taken to cost what the steps
// so far did on average, so the share is that of the steps. Nullopt for any other run, or where
// the energy is not known.
std::optional<Saving> SavedAgainstSchedule(const Run& run);

}  // namespace powerdown
