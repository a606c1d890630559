// The three clocks of a simulated box, which sleeps, starts again and is set. Not thread-safe.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/clock.h"

namespace powerdown {

class SimulationClock : public Clock {
 public:
  Instant Now() override { return now_; }
  void Advance(absl::Duration time) {
    now_.monotonic += time;
    Sleep(time);
  }
  // The box sleeps: monotonic time stands still.
  void Sleep(absl::Duration time) {
    now_.boottime += time;
    now_.wall += time;
    elapsed_ += time;
  }
  void SetWall(absl::Duration change) { now_.wall += change; }
  // The box was off for so long, and has just started.
  void StartAgain(absl::Duration off) {
    Sleep(off);
    now_.monotonic = now_.boottime = absl::Seconds(20);
    ++boots_;
  }
  std::string boot_id() const { return absl::StrCat("boot-", boots_); }
  absl::Duration elapsed() const { return elapsed_; }  // of real time, since the beginning

 private:
  Instant now_{absl::Seconds(20), absl::Seconds(20), absl::FromUnixSeconds(1'700'000'000)};
  absl::Duration elapsed_;
  int boots_ = 1;
};

}  // namespace powerdown
