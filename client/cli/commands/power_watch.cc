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

const std::vector<std::string>& SampleColumns() {
  static const auto& columns = *new std::vector<std::string>{
      "time", "meter", "device", "source", "power_watts", "low_watts", "high_watts"};
  return columns;
}

Json SampleJson(const Connection::TimedSample& timed) {
  const PowerSample& sample = timed.sample;
  return {{"time", TimeText(timed.time)},
          {"meter", sample.meter},
          {"device", sample.device},
          {"source", sample.source},
          {"power_watts", sample.power.value()},
          {"low_watts", sample.low.value()},
          {"high_watts", sample.high.value()}};
}

std::string SampleText(const Connection::TimedSample& timed) {
  const PowerSample& sample = timed.sample;
  return Concat(LocalTimeText(timed.time), "  ", sample.device, "  ", WattsText(sample.power), " (",
                WattsText(sample.low), " to ", WattsText(sample.high), ")  ", sample.source, "\n");
}

// How many samples to print; 0: no limit.
absl::StatusOr<int64_t> ReadPowerWatch(const CommandWords& words) {
  return words.Whole("--count", 0, 1, INT64_MAX);
}

absl::StatusOr<ExitCode> WatchPower(Session& session, const int64_t& most) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  const Interrupts interrupts;
  RowPrinter rows(console, console.format(), SampleColumns());
  absl::Status written = rows.Begin();
  int64_t count = 0;
  const auto on_sample = [&](const Connection::TimedSample& sample) {
    written =
        console.IsForPeople() ? console.Write(SampleText(sample)) : rows.Print(SampleJson(sample));
    ++count;
    return written.ok() && !interrupts.HasFired() && count != most;
  };
  RETURN_IF_ERROR(written);
  RETURN_IF_ERROR(connection->WatchPower(session.options().timeout, on_sample));
  RETURN_IF_ERROR(written);
  return Done(rows.End());
}

}  // namespace

CommandTree PowerWatchCommand() {
  return {.name = "watch",
          .help = "print the power of each device as it is measured; Ctrl-C ends it",
          .flags = {Flag("--count", "N", "end after this many samples [no limit]")},
          .read = ReadThenRun(ReadPowerWatch, WatchPower)};
}

}  // namespace powerdown
