#include "server/stop_watchdog.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "common/base/text.h"

namespace powerdown {
namespace {

// Whether one of the events came within the time; a negative one is no limit.
bool Wait(const Descriptor& one, const Descriptor& other, int milliseconds) {
  pollfd events[] = {{one.number(), POLLIN, 0}, {other.number(), POLLIN, 0}};
  // Nothing is sent to this thread, so that a wait is not interrupted.
  return poll(events, 2, milliseconds) > 0;
}

void Tell(const Descriptor& event) {
  const uint64_t one = 1;
  static_cast<void>(!write(event.number(), &one, sizeof(one)));
}

}  // namespace

StopWatchdog::StopWatchdog(absl::Duration limit, std::function<void(const std::string&)> give_up)
    : limit_(limit),
      give_up_(std::move(give_up)),
      begin_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      end_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Watch(); }) {}

StopWatchdog::~StopWatchdog() {
  Tell(end_event_);
  thread_.join();
}

void StopWatchdog::Begin() {
  Tell(begin_event_);
}

void StopWatchdog::Watch() {
  Wait(begin_event_, end_event_, -1);
  if (Wait(end_event_, end_event_, static_cast<int>(absl::ToInt64Milliseconds(limit_)))) return;
  give_up_(Concat("did not stop within ", absl::FormatDuration(limit_), ": it still waits for ",
                  awaited_.load(), "; it ends now, and what is committed stays"));
}

}  // namespace powerdown
