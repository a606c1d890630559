#include "client/model/run_outcome.h"

#include "common/study/replay.h"

namespace powerdown {

RunOutcome RunOutcomeOf(const Run& run) {
  switch (run.state) {
    case RunState::kQueued:
    case RunState::kPaused:
      return RunOutcome::kWaiting;
    case RunState::kRunning:
      return RunOutcome::kRunning;
    case RunState::kFailed:
      return RunOutcome::kFailed;
    case RunState::kCancelled:
      return RunOutcome::kCancelled;
    case RunState::kStopped:
      if (run.grok_step) return RunOutcome::kStopped;
      return IsByRule(run.stop) ? RunOutcome::kAbandoned : RunOutcome::kByUser;
    case RunState::kFinished:
      break;
  }
  if (run.grok_step) return RunOutcome::kGrokked;
  return run.validation_accuracy.value_or(0) >= kPartialAccuracy ? RunOutcome::kPartial
                                                                 : RunOutcome::kNever;
}

std::string_view OutcomeWord(const Run& run) {
  switch (RunOutcomeOf(run)) {
    case RunOutcome::kGrokked:
      return "grokked";
    case RunOutcome::kStopped:
      return "stopped early";
    case RunOutcome::kAbandoned:
      return "abandoned";
    case RunOutcome::kByUser:
      return "stopped";
    case RunOutcome::kPartial:
      return "partial";
    case RunOutcome::kNever:
      // A program need not be a training at all.
      return run.command && !run.validation_accuracy ? NameOf(run.state) : "never";
    default:
      return NameOf(run.state);
  }
}

}  // namespace powerdown
