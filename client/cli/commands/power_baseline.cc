#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/terminal/interrupts.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr absl::Duration kAskPeriod = absl::Milliseconds(500);
constexpr absl::Duration kLongestMeasuring = absl::Minutes(1);

Json BaselineJson(const Connection::BaselineProgress& device) {
  Json json = {{"device", device.device}};
  if (device.deep) {
    json["baseline_watts"] = device.deep->power.value();
    json["low_watts"] = device.deep->low.value();
    json["high_watts"] = device.deep->high.value();
    json["measured_at"] = TimeText(device.deep->measured_at);
  }
  if (device.context_open) json["context_open_watts"] = device.context_open->power.value();
  if (!device.obstacle.empty()) json["obstacle"] = device.obstacle;
  return json;
}

std::string BaselineText(const Connection::BaselineProgress& device) {
  std::string text = device.device;
  if (device.deep) {
    text += Concat("  ", WattsText(device.deep->power), " at rest (", WattsText(device.deep->low),
                   " to ", WattsText(device.deep->high), ", ",
                   LocalTimeText(device.deep->measured_at), ")");
  } else {
    text += "  no baseline yet";
  }
  if (device.context_open) {
    text += Concat(", ", WattsText(device.context_open->power), " with a context open");
  }
  return Concat(text, device.obstacle.empty() ? "" : Concat("; now: ", device.obstacle), "\n");
}

absl::Status PrintBaselines(Console& console, const Connection::BaselineAnswer& answer) {
  std::vector<Json> objects;
  std::string text;
  for (const Connection::BaselineProgress& device : answer.devices) {
    objects.push_back(BaselineJson(device));
    text += BaselineText(device);
  }
  return PrintList(console, objects, [&](const Style&) { return text; });
}

bool IsMeasuredSince(const Connection::BaselineProgress& device, absl::Time since) {
  return (device.deep && device.deep->measured_at >= since) ||
         (device.context_open && device.context_open->measured_at >= since);
}

// Says what the measurement waits for, but not again when only its numbers have changed.
class Progress {
 public:
  explicit Progress(Console& console) : console_(console) {}
  void Say(const std::string& line) {
    std::string words = line;
    std::erase_if(words, absl::ascii_isdigit);
    if (words != said_) console_.Say(line);
    said_ = std::move(words);
  }

 private:
  Console& console_;
  std::string said_;
};

absl::StatusOr<ExitCode> MeasureBaseline(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const Interrupts interrupts;
  const absl::Duration limit = session.options().timeout.value_or(kLongestMeasuring);
  ASSIGN_OR_RETURN(Connection::BaselineAnswer answer, connection->MeasureBaseline());
  const absl::Time since = answer.asked_at;
  Progress progress(session.console());
  for (;;) {
    const auto open = std::find_if(answer.devices.begin(), answer.devices.end(),
                                   [&](const auto& one) { return !IsMeasuredSince(one, since); });
    if (open == answer.devices.end()) break;
    progress.Say(Concat(open->device, ": ", open->obstacle));
    if (answer.asked_at - since >= limit || interrupts.HasFired()) {
      RETURN_IF_ERROR(PrintBaselines(session.console(), answer));
      return absl::DeadlineExceededError(
          Concat("no baseline of ", open->device, ": ", open->obstacle));
    }
    absl::SleepFor(kAskPeriod);
    ASSIGN_OR_RETURN(answer, connection->MeasureBaseline());
  }
  return Done(PrintBaselines(session.console(), answer));
}

}  // namespace

CommandTree PowerBaselineCommand() {
  return {.name = "baseline",
          .help = "measure the power at rest; waits up to a minute until the box is idle",
          .read = RunOnWords(MeasureBaseline)};
}

}  // namespace powerdown
