// powerdown: the command line. Data on stdout, talk on stderr, an exit code of docs/interface.md.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "client/cli/terminal/console.h"

namespace powerdown {
namespace {

int Fail(const absl::Status& status) {
  std::fputs(ErrorLine(status).c_str(), stderr);
  return static_cast<int>(ExitCodeOf(status));
}

int Main(const std::vector<std::string>& arguments) {
  // It holds a token: neither a core nor another process of its user shows it.
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  absl::StatusOr<Invocation> invocation = ParseCommandLine(arguments);
  if (!invocation.ok()) return Fail(invocation.status());
  if (const char* server = std::getenv("POWERDOWN_SERVER");
      server != nullptr && invocation->globals.server.empty()) {
    invocation->globals.server = server;
  }
  Console console(stdout, stderr, invocation->globals.color);
  Session session(invocation->globals, console);
  const absl::StatusOr<ExitCode> exit_code = std::visit(
      [&](const auto& command) { return Execute(session, command); }, invocation->command);
  return exit_code.ok() ? static_cast<int>(*exit_code) : Fail(exit_code.status());
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  return powerdown::Main({arguments + 1, arguments + count});
}
