// powerdownd: settings in, one line out when it serves, one line of error when it cannot.
#ifdef __linux__
#include <malloc.h>
#endif
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "common/platform/call_thread.h"
#include "server/config.h"
#include "server/daemon.h"
#include "server/stop_watchdog.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

extern char** environ;

namespace powerdown {
namespace {

// For the signal handler; set before it is installed.
std::atomic<Daemon*> g_daemon = nullptr;  // null again before the daemon goes away
StopWatchdog* g_watchdog = nullptr;

// Of a stop that took too long: EX_SOFTWARE, neither a bad flag nor a failed start.
constexpr int kStopTimedOut = 70;

// The process ends without destructors, any of which may be what hangs.
void GiveUp(const std::string& why) {
  std::fprintf(stderr, "powerdownd: %s\n", why.c_str());
  _exit(kStopTimedOut);
}

Environment ReadEnvironment() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

void StopOnSignals() {
  struct sigaction stop = {};
  stop.sa_handler = [](int) {
    g_watchdog->Begin();
    if (Daemon* daemon = g_daemon.load()) daemon->RequestStop();
  };
  sigaction(SIGTERM, &stop, nullptr);
  sigaction(SIGINT, &stop, nullptr);
  // Under nohup it is ignored, and stays so: the daemon outlives its terminal.
  struct sigaction before = {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &stop, nullptr);
}

int Fail(const absl::Status& status, int exit_code) {
  std::fprintf(stderr, "powerdownd: %s\n", std::string(status.message()).c_str());
  return exit_code;
}

int Main(int argc, char** argv) {
  // It holds tokens and a private key: neither a core nor another process of its user shows them.
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  signal(SIGPIPE, SIG_IGN);  // a worker that died, or a closed terminal
  // gRPC's own lines would come beside our one line of error.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  spdlog::set_default_logger(spdlog::stderr_color_mt("powerdownd"));
  spdlog::set_level(spdlog::level::warn);

  absl::StatusOr<Config> config = ReadConfig({argv + 1, argv + argc}, ReadEnvironment());
  if (!config.ok()) return Fail(config.status(), 2);
  if (config->asks_for_help) return std::fputs(ConfigHelp().c_str(), stdout) < 0 ? 1 : 0;
  if (config->asks_for_version) return std::puts("powerdownd " POWERDOWN_VERSION) < 0 ? 1 : 0;

  // Never destroyed: it watches to the end of the process.
  g_watchdog = new StopWatchdog(kLongestStop, GiveUp);
  config->daemon.watchdog = g_watchdog;
  absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Create(config->daemon);
  if (!daemon.ok()) return Fail(daemon.status(), 1);
  g_daemon = daemon->get();
  StopOnSignals();
  std::printf("powerdownd serves on %s\n", (*daemon)->addresses().c_str());
  std::fflush(stdout);
  (*daemon)->Run();
  g_daemon = nullptr;
  daemon->reset();
  // A thread hangs in a driver, whose library exit() would take apart under it.
  if (CallThread::IsAnyLeft()) _exit(0);
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int argc, char** argv) {
#ifdef M_ARENA_MAX
  // An arena for each thread would keep what every one of them once needed at its worst.
  mallopt(M_ARENA_MAX, 2);
  // A large block goes back to the system when it is freed. Left alone, the threshold grows with
  // each such block to 32 MiB, and messages of strangers then fill the arenas with holes.
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
  return powerdown::Main(argc, argv);
}
