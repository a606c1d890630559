// All energy that a box has booked, by what it went into: its runs, questions asked of models,
// rest, and what nobody accounts for. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/energy/energy.h"

namespace powerdown {

// The parts add up to the total.
struct BoxLedger {
  Joules runs;
  Joules quizzes;
  // Power at rest while no run was active; nullopt while power at rest was never known.
  std::optional<Joules> at_rest;
  Joules unattributed;  // other programs, and what was booked before power at rest was known
  Joules total;
  Joules low;  // band of the total
  Joules high;
  std::string source;

  bool operator==(const BoxLedger&) const = default;
};

// Consumers are as in LedgerInterval, or "run/" and "quiz/" for all of them together. What a model
// says of a device that no meter ever read is left out once a meter read any, as in a run's own
// figure. Nullopt where nothing is booked.
std::optional<BoxLedger> BoxLedgerOf(const std::vector<LedgerInterval>& intervals);

}  // namespace powerdown
