#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/text/table.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

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
  TextTable table({"", "energy", "share"});
  const auto add = [&](const char* name, std::optional<Joules> joules) {
    table.AddRow({name, joules ? EnergyText(*joules) : "not known",
                  joules ? PercentText(*joules / ledger.total) : ""});
  };
  add("runs", ledger.runs);
  add("quizzes", ledger.quizzes);
  add("at rest", ledger.at_rest);
  add("unattributed", ledger.unattributed);
  table.AddRow(
      {"all", EnergyText(ledger.total),
       Concat(EnergyText(ledger.low), " to ", EnergyText(ledger.high), ", ", ledger.source)});
  return table.Text(style);
}

absl::StatusOr<ExitCode> PrintLedger(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::optional<BoxLedger> ledger, connection->GetLedger());
  if (!ledger) return absl::NotFoundError("the energy ledger is empty: no meter was read yet");
  return Done(PrintObject(session.console(), LedgerJson(*ledger),
                          [&](const Style& style) { return LedgerText(*ledger, style); }));
}

}  // namespace

CommandTree PowerLedgerCommand() {
  return {.name = "ledger",
          .help = "print all energy of the box, by what used it",
          .read = RunOnWords(PrintLedger)};
}

}  // namespace powerdown
