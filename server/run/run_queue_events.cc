#include "server/run/run_queue_events.h"

#include "absl/strings/str_cat.h"
#include "common/base/json.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

std::string StateText(const Run& run) {
  const std::string state(RunStateName(run.state));
  return run.state_reason.empty() ? state : absl::StrCat(state, ": ", run.state_reason);
}

std::string StateDetails(const Run& run) {
  Json details;
  details["state"] = RunStateName(run.state);
  if (!run.state_reason.empty()) details["reason"] = run.state_reason;
  return details.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

RunEvent MakeEvent(const Run& run, int64_t attempt, const std::string& kind,
                   std::optional<int64_t> step, const std::string& message,
                   const std::string& details_json, absl::Time time) {
  RunEvent event;
  event.run_id = run.run_id;
  event.attempt = attempt;
  event.time = time;
  event.kind = kind;
  event.step = step;
  event.message = message;
  event.details_json = details_json;
  return event;
}

RunEvent StateEvent(const Run& run, absl::Time time) {
  return MakeEvent(run, 0, "state", std::nullopt, StateText(run), StateDetails(run), time);
}

RunEvent FinishedEvent(const Run& run, absl::Time time) {
  return MakeEvent(run, 0, "finished", run.steps, StateText(run), StateDetails(run), time);
}

}  // namespace powerdown
