// How a run came out, in one word. Pure.
#pragma once

#include <string_view>

#include "common/run/run.h"

namespace powerdown {

enum class RunOutcome {
  kWaiting,  // queued or paused
  kRunning,
  kGrokked,    // and trained on to its end
  kStopped,    // early, as it had grokked
  kAbandoned,  // early, as it was not going to grok
  kByUser,     // early, before it grokked
  kPartial,    // ended: answers part of the held-out questions
  kNever,      // ended: answers hardly any
  kFailed,
  kCancelled,
};

RunOutcome RunOutcomeOf(const Run& run);
// "grokked", "stopped early", "partial"; of a run that goes on, its state.
std::string_view OutcomeWord(const Run& run);

}  // namespace powerdown
