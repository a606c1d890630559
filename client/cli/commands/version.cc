#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "common/base/json.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> PrintVersion(Session& session, const CommandWords&) {
  return Done(PrintObject(session.console(), Json{{"version", POWERDOWN_VERSION}},
                          Concat("powerdown ", POWERDOWN_VERSION)));
}

}  // namespace

CommandTree VersionCommand() {
  return {.name = "version", .help = "print the version", .read = RunOnWords(PrintVersion)};
}

}  // namespace powerdown
