// receipt: what was measured of a run, signed by the daemon.
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/admin_calls.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> SaveReceipt(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::string receipt, GetReceipt(*connection, words.Operand()));
  Console& console = session.console();
  const auto file = words.Find("--file");
  if (!file) return Done(console.Write(receipt));
  RETURN_IF_ERROR(WriteNamedFile(*file, receipt));
  console.Say(Concat("wrote ", *file, "; anyone can check it: powerdown verify ", *file));
  return ExitCode::kDone;
}

}  // namespace

CommandTree ReceiptCommand() {
  return {.name = "receipt",
          .help = "print what was measured of a run, as JSON that the daemon has signed",
          .examples = {"powerdown receipt 128 --file run128.receipt.json"},
          .operand = {.name = "RUN"},
          .flags = {Flag("--file", "FILE", "write it there [stdout]")},
          .read = RunOnWords(SaveReceipt)};
}

}  // namespace powerdown
