#include <algorithm>
#include <climits>

#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/text/wrap.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

Json MeterJson(const MeterRow& line) {
  return {{"meter", line.meter},  {"device", line.device}, {"source", line.source},
          {"used", line.is_used}, {"reason", line.reason}, {"remedy", line.remedy}};
}

constexpr int kMargin = 10;  // under the reason

// What wraps goes on under the reason; but for the remedy, which people copy.
std::string MetersText(const std::vector<MeterRow>& lines, const Style& style) {
  std::string text;
  for (const MeterRow& line : lines) {
    const std::string what =
        Concat(line.meter, " · ", line.device, line.is_used ? Concat(" · ", line.source) : "", ": ",
               line.reason);
    const int width = style.width() > 0 ? std::max(style.width(), 2 * kMargin) : INT_MAX;
    text += (line.is_used ? "used      " : "not used  ") +
            WrapText(what, width, kMargin).substr(kMargin);
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
