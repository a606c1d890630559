#include "common/run/stop_decision.h"

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {

std::string_view AutoStopName(AutoStop mode) {
  switch (mode) {
    case AutoStop::kOff:
      return "off";
    case AutoStop::kObserve:
      return "observe";
    case AutoStop::kOn:
      return "on";
    case AutoStop::kPlanned:
      return "planned";
  }
  return "on";
}

absl::StatusOr<AutoStop> ParseAutoStop(std::string_view text) {
  for (AutoStop mode : {AutoStop::kOff, AutoStop::kObserve, AutoStop::kOn, AutoStop::kPlanned}) {
    if (text == AutoStopName(mode)) return mode;
  }
  return absl::InvalidArgumentError(
      Concat("auto_stop: ", Quoted(text), NotKnown(text, {"off", "observe", "on", "planned"})));
}

}  // namespace powerdown
