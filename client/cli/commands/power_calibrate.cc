#include "absl/strings/numbers.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr double kMostWatts = 1e6;

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
  if (answer.levels == 0) return "calibration removed; using the sensor's rated accuracy\n";
  std::string text =
      Concat("load ", answer.levels, ": the sensor read ", WattsText(answer.sensor), "\n");
  if (answer.is_applied) {
    text += Concat("from now on: ", SignificantText(answer.gain), " x sensor + ",
                   WattsText(answer.offset), ", ±", PercentText(answer.relative_band), "\n");
  }
  return answer.advice.empty() ? text : Concat(text, answer.advice, "\n");
}

absl::StatusOr<double> ReadWatts(const CommandWords& words, const std::string& flag) {
  const std::string text = words.Find(flag).value_or("0");
  double watts = 0;
  if (absl::SimpleAtod(text, &watts) && watts >= 0 && watts <= kMostWatts) return watts;
  return absl::InvalidArgumentError(
      Concat(flag, ": ", Quoted(text), " is not allowed; allowed: watts from 0 to ", kMostWatts));
}

absl::StatusOr<Connection::PlugReading> ReadCalibrate(const CommandWords& words) {
  Connection::PlugReading reading{.device = words.Operand(), .forget = words.Has("--forget")};
  if (reading.forget == words.Has("--plug-watts")) {
    return absl::InvalidArgumentError("power calibrate needs either --plug-watts or --forget");
  }
  ASSIGN_OR_RETURN(const double plug, ReadWatts(words, "--plug-watts"));
  ASSIGN_OR_RETURN(const double rest, ReadWatts(words, "--rest-watts"));
  if (!reading.forget && plug <= rest) {
    return absl::InvalidArgumentError("--plug-watts must be more than --rest-watts");
  }
  reading.plug = Watts(plug - rest);
  return reading;
}

absl::StatusOr<ExitCode> Calibrate(Session& session, const Connection::PlugReading& reading) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Connection::CalibrationAnswer answer, connection->Calibrate(reading));
  return Done(PrintObject(session.console(), CalibrationJson(reading.device, answer),
                          [&](const Style&) { return CalibrationText(answer); }));
}

}  // namespace

CommandTree PowerCalibrateCommand() {
  return {.name = "calibrate",
          .help = "calibrate a sensor with a plug meter, at two to five different loads",
          .operand = {.name = "DEVICE"},
          .flags = {Flag("--plug-watts", "WATTS", "what the plug meter shows now"),
                    Flag("--rest-watts", "WATTS",
                         "how much of that the other parts of the box draw [0]"),
                    Flag("--forget", "", "remove the calibration of this device")},
          .read = ReadThenRun(ReadCalibrate, Calibrate)};
}

}  // namespace powerdown
