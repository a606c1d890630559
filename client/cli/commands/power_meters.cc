#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

Json MeterJson(const MeterRow& line) {
  return {{"meter", line.meter},  {"device", line.device}, {"source", line.source},
          {"used", line.is_used}, {"reason", line.reason}, {"remedy", line.remedy}};
}

// The remedy has a line of its own: it is long, and people copy it.
std::string MetersText(const std::vector<MeterRow>& lines, const Style& style) {
  std::string text;
  for (const MeterRow& line : lines) {
    text += Concat(line.is_used ? "used      " : "not used  ", line.meter, " · ", line.device,
                   line.is_used ? Concat(" · ", line.source) : "", ": ", line.reason, "\n");
    if (!line.remedy.empty()) {
      text += Concat("          ", style.Paint(Ink::kFaint, Concat("remedy: ", line.remedy)), "\n");
    }
  }
  return text;
}

absl::StatusOr<ExitCode> ListAllMeters(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const BoxPower power, connection->ListMeters());
  std::vector<Json> objects;
  for (const MeterRow& line : power.meters) objects.push_back(MeterJson(line));
  return Done(PrintList(session.console(), objects,
                        [&](const Style& style) { return MetersText(power.meters, style); }));
}

}  // namespace

CommandTree PowerMetersCommand() {
  return {.name = "meters",
          .help = "list the sources of power readings, and why each is used or not",
          .read = RunOnWords(ListAllMeters)};
}

}  // namespace powerdown
