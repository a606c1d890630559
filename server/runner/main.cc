// powerdown-runner: any command as a run, driven by lines on stdin as powerdown-worker is.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "server/runner/runner.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

void Ignore(int) {}

// Whoever ends the whole session ends the daemon too, whose leash then ends the command in order.
// Handlers, since a signal that is ignored would be ignored by the command as well.
void OutliveSignals() {
  struct sigaction action = {};
  action.sa_handler = Ignore;
  action.sa_flags = SA_RESTART;
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) sigaction(number, &action, nullptr);
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  if (count > 1) {
    const std::string flag = arguments[1];
    if (flag == "--version") {
      std::printf("powerdown-runner %s\n", POWERDOWN_VERSION);
      return 0;
    }
    std::fprintf(stderr,
                 "powerdown-runner: \"%s\" is not a flag; powerdownd starts it and tells it what "
                 "to run\n",
                 flag.c_str());
    return 2;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_st("runner"));
  powerdown::OutliveSignals();
  powerdown::Runner runner(STDIN_FILENO, STDOUT_FILENO);
  runner.Run();
  return 0;
}
