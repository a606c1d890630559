// What happens to a run, how an attempt ends, why a run stops and what a checkpoint is: enums with
// one table of names each, which JSON, SQL, the wire and the worker lines share. Pure.
#pragma once

#include "common/base/named.h"

namespace powerdown {

// RunEvent::kind. The details of each kind are in event_details.h.
enum class EventKind {
  kState,       // the run's state changed
  kAttempt,     // an attempt starts, or what it needs was renewed
  kMemorised,   // the training questions are known by heart
  kGrokked,     // so are the others
  kStopped,     // the stop rule stopped the run, or would have
  kDecision,    // the stop rule looked and let the run go on
  kCheckpoint,  // a checkpoint was written
  kGap,         // the run was interrupted, or the box slept
  kFinished,    // the run has ended, in whichever way
  kFailed,      // why the run failed
  kEnergy,
  kForecast,    // a forecast was made
  kAbandon,     // a forecast says that the run will not grok within its step limit
  kPlanned,     // a pause was planned by a forecast
  kBudget,      // an energy budget is nearly used
  kSensorLost,  // of no run: a meter gives no reading
  kSensorBack,
  kOther,
};
template <>
struct NamesOf<EventKind> {
  static constexpr std::string_view kWhat = "kind";
  static constexpr std::string_view kNames[] = {
      "state",      "attempt", "memorised", "grokked",     "stopped",    "decision",
      "checkpoint", "gap",     "finished",  "failed",      "energy",     "forecast",
      "abandon",    "planned", "budget",    "sensor-lost", "sensor-back"};
};

// StopOutcome::reason.
enum class StopReason { kGrokked, kUser, kBudget, kPlanned, kAbandoned, kOther };
template <>
struct NamesOf<StopReason> {
  static constexpr std::string_view kNames[] = {"grokked", "user", "budget", "planned",
                                                "abandoned"};
};

// StopOutcome::mode: the run's auto-stop mode when the rule stopped it, or who stopped it.
enum class StopMode { kOff, kObserve, kOn, kPlanned, kUser, kTakenBack, kOther };
template <>
struct NamesOf<StopMode> {
  static constexpr std::string_view kNames[] = {"off",     "observe", "on",
                                                "planned", "user",    "taken-back"};
};

// Attempt::outcome. A worker says kFinished, kStopped, kPaused or kFailed of itself.
enum class AttemptOutcome {
  kRunning,  // empty: it has not ended
  kFinished,
  kStopped,
  kPaused,
  kInterrupted,
  kFailed,
  kCancelled,
  kOther,
};
template <>
struct NamesOf<AttemptOutcome> {
  static constexpr std::string_view kWhat = "outcome";
  static constexpr std::string_view kNames[] = {
      "", "finished", "stopped", "paused", "interrupted", "failed", "cancelled"};
};

// Checkpoint::label: what it was written for.
enum class CheckpointLabel {
  kNone,       // empty: written from time to time, or a frame for quizzes
  kMemorised,  // at the evaluation that found it so
  kGrokked,
  kStop,
  kBest,  // of the best validation loss
  kLast,
  kOther,
};
template <>
struct NamesOf<CheckpointLabel> {
  static constexpr std::string_view kNames[] = {"", "memorised", "grokked", "stop", "best", "last"};
};

// Checkpoint::kind: training can resume from a full one; quizzes need the weights only.
enum class CheckpointKind { kFull, kWeights, kOther };
template <>
struct NamesOf<CheckpointKind> {
  static constexpr std::string_view kNames[] = {"full", "weights"};
};

// Why the daemon asked a worker to end. The weakest reason comes first.
enum class EndReason { kNone, kShutdown, kBudget, kPause, kStop, kCancel };
template <>
struct NamesOf<EndReason> {
  static constexpr std::string_view kWhat = "asked_to_end";
  static constexpr std::string_view kNames[] = {"",      "shutdown", "budget",
                                                "pause", "stop",     "cancel"};
};

// How the daemon asks a worker to end, after a checkpoint at the current step.
enum class EndRequest {
  kPause,     // the run can be resumed
  kShutdown,  // as kPause: the daemon ends
  kStop,      // keeps the run as it is
  kCancel,    // of a command: it is given up
};
template <>
struct NamesOf<EndRequest> {
  static constexpr std::string_view kWhat = "reason";
  static constexpr std::string_view kNames[] = {"pause", "shutdown", "stop", "cancel"};
};

}  // namespace powerdown
