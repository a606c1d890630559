#include "server/run/run_events.h"

#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/utf8.h"
#include "common/run/event_details.h"

namespace powerdown {
namespace {

std::string StateText(const Run& run) {
  const std::string state(NameOf(run.state));
  return run.state_reason.empty() ? state : absl::StrCat(state, ": ", run.state_reason);
}

std::string DetailsOf(const Run& run) {
  return FormatDetails(StateDetails{run.state, run.state_reason});
}

}  // namespace

RunEvent MakeEvent(const Run& run, int64_t attempt, EventKind kind, std::optional<int64_t> step,
                   const std::string& message, const std::string& details_json, absl::Time time) {
  RunEvent event;
  event.run_id = run.run_id;
  event.attempt = attempt;
  event.time = time;
  event.kind = kind;
  event.step = step;
  event.message = ShortText(message, kMostTextBytes);
  event.details_json = details_json;
  return event;
}

RunEvent StateEvent(const Run& run, absl::Time time) {
  return MakeEvent(run, 0, EventKind::kState, std::nullopt, StateText(run), DetailsOf(run), time);
}

RunEvent FinishedEvent(const Run& run, absl::Time time) {
  return MakeEvent(run, 0, EventKind::kFinished, run.steps, StateText(run), DetailsOf(run), time);
}

void StopByUser(Run& run, int64_t step) {
  // A stop beyond `step` belongs to a training that a retry did over and that did not get there.
  if (IsByRule(run.stop) && run.stop->step <= step) return;
  run.stop = StopOutcome{step, StopReason::kUser, StopMode::kUser};
}

void TakeBackStop(Run& run) {
  if (!IsByRule(run.stop)) {
    run.stop.reset();
  } else if (run.stop->mode != StopMode::kObserve) {
    run.stop->mode = StopMode::kTakenBack;
  }
}

}  // namespace powerdown
