// One line on stderr that says how far a long command is and how long it may still take. Only on a
// terminal; gone at its end. Not thread-safe.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "client/cli/terminal/console.h"

namespace powerdown {

// "evaluating: 12%, about 3 min left"; before a share is known "evaluating: 5 s so far".
std::string WorkText(const std::string& what, double share, absl::Duration elapsed);

class WorkProgress {
 public:
  // `console` outlives it.
  WorkProgress(Console& console, std::string what);
  ~WorkProgress();
  WorkProgress(const WorkProgress&) = delete;
  WorkProgress& operator=(const WorkProgress&) = delete;

  // `share` of the work, 0 to 1. May be called as often as one likes.
  void Tell(double share);

 private:
  Console& console_;
  const std::string what_;
  const absl::Time start_;
  absl::Time next_;
};

}  // namespace powerdown
