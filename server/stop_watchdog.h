// Ends the process when stopping takes longer than it may, whatever hangs, and says what did.
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "common/platform/descriptor.h"

namespace powerdown {

// From the request to stop until the process is gone. A service manager kills without a word, most
// of them after 90 s, some after 15 s.
inline constexpr absl::Duration kLongestStop = absl::Milliseconds(11500);

class StopWatchdog {
 public:
  // `give_up` gets one line for the log, and ends the process.
  StopWatchdog(absl::Duration limit, std::function<void(const std::string&)> give_up);
  ~StopWatchdog();  // it has stopped in time

  // Counts from now; later calls change nothing. Async-signal-safe.
  void Begin();
  // What is waited for from now on, a literal: "the workers to end".
  void Await(const char* what) { awaited_ = what; }

 private:
  void Watch();

  const absl::Duration limit_;
  const std::function<void(const std::string&)> give_up_;
  const Descriptor begin_event_;
  const Descriptor end_event_;
  std::atomic<const char*> awaited_ = "the round of work under way (the disk, a meter)";
  std::thread thread_;
};

}  // namespace powerdown
