// What the meters say, live power, power at rest, and the plug meter's word.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/terminal/interrupts.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr absl::Duration kAskPeriod = absl::Milliseconds(500);
constexpr absl::Duration kLongestMeasuring = absl::Minutes(1);

// A list as it was asked for; `table` for people.
absl::Status WriteList(Session& session, const std::vector<Json>& objects,
                       const std::string& table) {
  Console& console = session.console();
  switch (session.output()) {
    case OutputFormat::kTable:
      return console.Write(table);
    case OutputFormat::kJson:
      return console.WriteJson(Json(objects));
    case OutputFormat::kJsonLines:
      for (const Json& object : objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
      return absl::OkStatus();
    case OutputFormat::kCsv:
      return console.Write(CsvOf(objects));
  }
  return absl::OkStatus();
}

std::string WattsText(Watts power) {
  return QuantityText(power.value(), "W");
}

Json MeterJson(const Connection::MeterLine& line) {
  return {{"meter", line.meter},  {"device", line.device}, {"source", line.source},
          {"used", line.is_used}, {"reason", line.reason}, {"remedy", line.remedy}};
}

// The remedy stands below its line: it is long, and to be copied.
std::string MetersText(const std::vector<Connection::MeterLine>& lines, const Style& style) {
  std::string text;
  for (const Connection::MeterLine& line : lines) {
    text += Concat(line.is_used ? "read      " : "not read  ", line.meter, " · ", line.device,
                   line.is_used ? Concat(" · ", line.source) : "", ": ", line.reason, "\n");
    if (!line.remedy.empty()) {
      text += Concat("          ", style.Paint(Ink::kFaint, Concat("remedy: ", line.remedy)), "\n");
    }
  }
  return text;
}

Json LedgerJson(const BoxLedger& ledger) {
  Json json = {{"total_joules", ledger.total.value()},
               {"low_joules", ledger.low.value()},
               {"high_joules", ledger.high.value()},
               {"runs_joules", ledger.runs.value()},
               {"quizzes_joules", ledger.quizzes.value()}};
  if (ledger.at_rest) json["at_rest_joules"] = ledger.at_rest->value();
  json["unattributed_joules"] = ledger.unattributed.value();
  json["source"] = ledger.source;
  return json;
}

std::string LedgerText(const BoxLedger& ledger, const Style& style) {
  TextTable table;
  for (const char* title : {"", "energy", "share"}) table.AddColumn(title);
  const auto add = [&](const char* name, std::optional<Joules> joules) {
    table.AddRow({name, joules ? EnergyText(*joules) : "not known",
                  joules ? PercentText(*joules / ledger.total) : ""});
  };
  add("runs", ledger.runs);
  add("questions", ledger.quizzes);
  add("at rest", ledger.at_rest);
  add("unattributed", ledger.unattributed);
  table.AddRow(
      {"all", EnergyText(ledger.total),
       Concat(EnergyText(ledger.low), " to ", EnergyText(ledger.high), ", ", ledger.source)});
  return table.Text(style);
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
    text += "  not established";
  }
  if (device.context_open) {
    text += Concat(", ", WattsText(device.context_open->power), " with a context open");
  }
  return Concat(text, device.obstacle.empty() ? "" : Concat("; now: ", device.obstacle), "\n");
}

// A percentage that changes is nothing new to say.
std::string WithoutDigits(std::string line) {
  std::erase_if(line, absl::ascii_isdigit);
  return line;
}

bool IsMeasuredSince(const Connection::BaselineProgress& device, absl::Time since) {
  return (device.deep && device.deep->measured_at >= since) ||
         (device.context_open && device.context_open->measured_at >= since);
}

absl::Status WriteBaselines(Session& session, const Connection::BaselineAnswer& answer) {
  std::vector<Json> objects;
  std::string table;
  for (const Connection::BaselineProgress& device : answer.devices) {
    objects.push_back(BaselineJson(device));
    table += BaselineText(device);
  }
  return WriteList(session, objects, table);
}

Json CalibrationJson(const std::string& device, const Connection::CalibrationAnswer& answer) {
  Json json = {{"device", device}, {"levels", answer.levels}, {"applied", answer.is_applied}};
  if (answer.levels > 0) json["sensor_watts"] = answer.sensor.value();
  if (answer.is_applied) {
    json["gain"] = answer.gain;
    json["offset_watts"] = answer.offset.value();
    json["relative_band"] = answer.relative_band;
  }
  if (!answer.advice.empty()) json["advice"] = answer.advice;
  return json;
}

std::string CalibrationText(const Connection::CalibrationAnswer& answer) {
  if (answer.levels == 0) return "forgotten: the sensor is believed within its own band\n";
  std::string text =
      Concat("level ", answer.levels, ": the sensor said ", WattsText(answer.sensor), "\n");
  if (answer.is_applied) {
    text += Concat("from now on: ", SignificantText(answer.gain), " x sensor + ",
                   WattsText(answer.offset), ", ±", PercentText(answer.relative_band), "\n");
  }
  return answer.advice.empty() ? text : Concat(text, answer.advice, "\n");
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const MetersCommand&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Connection::Meters meters, connection->ListMeters());
  std::vector<Json> objects;
  for (const Connection::MeterLine& line : meters.meters) objects.push_back(MeterJson(line));
  RETURN_IF_ERROR(
      WriteList(session, objects, MetersText(meters.meters, session.console().style())));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const LedgerCommand&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::optional<BoxLedger> ledger, connection->GetLedger());
  if (!ledger) return absl::NotFoundError("nothing is booked yet: no meter was read");
  Console& console = session.console();
  const Json json = LedgerJson(*ledger);
  if (session.output() == OutputFormat::kTable) {
    RETURN_IF_ERROR(console.Write(LedgerText(*ledger, console.style())));
  } else if (session.output() == OutputFormat::kJson) {
    RETURN_IF_ERROR(console.WriteJson(json));
  } else {
    RETURN_IF_ERROR(WriteList(session, {json}, ""));
  }
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const WatchPowerCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  const Interrupts interrupts;
  std::vector<Json> all;  // for one document
  absl::Status written;
  int64_t count = 0;
  const auto on_sample = [&](const Connection::TimedSample& sample) {
    switch (session.output()) {
      case OutputFormat::kTable:
        written = console.Write(SampleText(sample));
        break;
      case OutputFormat::kJsonLines:
        written = console.WriteJsonLine(SampleJson(sample));
        break;
      case OutputFormat::kCsv:
      case OutputFormat::kJson:
        all.push_back(SampleJson(sample));
        break;
    }
    ++count;
    return written.ok() && !interrupts.HasFired() && count != command.count;
  };
  RETURN_IF_ERROR(connection->WatchPower(session.options().timeout, on_sample));
  RETURN_IF_ERROR(written);
  if (session.output() == OutputFormat::kJson) RETURN_IF_ERROR(console.WriteJson(Json(all)));
  if (session.output() == OutputFormat::kCsv) RETURN_IF_ERROR(console.Write(CsvOf(all)));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const BaselineCommand&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const Interrupts interrupts;
  const absl::Duration limit = session.options().timeout.value_or(kLongestMeasuring);
  ASSIGN_OR_RETURN(Connection::BaselineAnswer answer, connection->MeasureBaseline());
  const absl::Time since = answer.asked_at;
  std::string said;
  for (;;) {
    const auto open = std::find_if(answer.devices.begin(), answer.devices.end(),
                                   [&](const auto& one) { return !IsMeasuredSince(one, since); });
    if (open == answer.devices.end()) break;
    const std::string line = Concat(open->device, ": ", open->obstacle);
    if (std::string words = WithoutDigits(line); words != said) {
      session.console().Say(line);
      said = std::move(words);
    }
    if (answer.asked_at - since >= limit || interrupts.HasFired()) {
      RETURN_IF_ERROR(WriteBaselines(session, answer));
      return absl::DeadlineExceededError(
          Concat("no baseline of ", open->device, ": ", open->obstacle));
    }
    absl::SleepFor(kAskPeriod);
    ASSIGN_OR_RETURN(answer, connection->MeasureBaseline());
  }
  RETURN_IF_ERROR(WriteBaselines(session, answer));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const CalibrateCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Connection::CalibrationAnswer answer,
                   connection->Calibrate({command.device, command.plug, command.forget}));
  Console& console = session.console();
  const Json json = CalibrationJson(command.device, answer);
  switch (session.output()) {
    case OutputFormat::kTable:
      RETURN_IF_ERROR(console.Write(CalibrationText(answer)));
      break;
    case OutputFormat::kJson:
      RETURN_IF_ERROR(console.WriteJson(json));
      break;
    case OutputFormat::kJsonLines:
      RETURN_IF_ERROR(console.WriteJsonLine(json));
      break;
    case OutputFormat::kCsv:
      RETURN_IF_ERROR(console.Write(CsvOf({json})));
      break;
  }
  return ExitCode::kDone;
}

}  // namespace powerdown
