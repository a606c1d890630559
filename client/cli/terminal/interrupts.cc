#include "client/cli/terminal/interrupts.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iterator>

namespace powerdown {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
constexpr int kInterruptedExit = 130;
constexpr char kShowCursorLine[] = "\x1b[?25h\n";

// A signal handler reaches nothing but globals.
int g_pipe[2] = {-1, -1};
std::atomic<bool> g_has_fired{false};
struct sigaction g_previous[std::size(kSignals)];

void OnSignal(int) {
  if (g_has_fired.exchange(true)) {
    if (isatty(STDERR_FILENO) == 1) {
      [[maybe_unused]] const ssize_t shown =
          write(STDERR_FILENO, kShowCursorLine, sizeof kShowCursorLine - 1);
    }
    _exit(kInterruptedExit);
  }
  [[maybe_unused]] const ssize_t told = write(g_pipe[1], "!", 1);
}

}  // namespace

Interrupts::Interrupts() {
  if (pipe2(g_pipe, O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  g_has_fired = false;
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    sigaction(kSignals[i], nullptr, &g_previous[i]);
    // What is ignored stays ignored: SIGHUP under nohup, SIGINT of a shell's background job.
    if (g_previous[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupts::~Interrupts() {
  for (size_t i = 0; i < std::size(kSignals); ++i) {
    sigaction(kSignals[i], &g_previous[i], nullptr);
  }
  close(g_pipe[0]);
  close(g_pipe[1]);
}

int Interrupts::fd() const {
  return g_pipe[0];
}

bool Interrupts::HasFired() const {
  return g_has_fired;
}

}  // namespace powerdown
