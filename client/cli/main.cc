// powerdown, the command line: data on stdout, talk on stderr, a documented exit code.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/config.h"
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
  // This process holds a token: no core file and no other process of the user may show it.
  rlimit core = {};
  getrlimit(RLIMIT_CORE, &core);
  core.rlim_cur = 0;  // a program that `exec` starts may still have one
  setrlimit(RLIMIT_CORE, &core);
  prctl(PR_SET_DUMPABLE, 0);
  const absl::StatusOr<std::string> path = ConfigPath();
  const absl::StatusOr<Config> config = path.ok() ? ReadConfig(*path) : Config();
  if (!config.ok()) return Fail(config.status());
  absl::StatusOr<Invocation> invocation = ParseCommandLine(arguments, *config);
  if (!invocation.ok()) return Fail(invocation.status());
  GlobalOptions& globals = invocation->globals;
  if (const char* server = std::getenv("POWERDOWN_SERVER");
      server != nullptr && globals.server.empty()) {
    globals.server = server;
  }
  if (const char* text = std::getenv("POWERDOWN_GIVE_UP");
      text != nullptr && *text != 0 && !globals.give_up) {
    const absl::StatusOr<absl::Duration> limit = ReadSeconds("POWERDOWN_GIVE_UP", text);
    if (!limit.ok()) return Fail(limit.status());
    globals.give_up = *limit;
  }
  if (globals.server.empty()) globals.server = globals.default_server;
  Console console(stdout, stderr, globals.color, globals.output, globals.is_quiet);
  Session session(globals, console);
  const absl::StatusOr<ExitCode> exit_code = invocation->work(session);
  return exit_code.ok() ? static_cast<int>(*exit_code) : Fail(exit_code.status());
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  return powerdown::Main({arguments + 1, arguments + count});
}
