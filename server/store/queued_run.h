// What the order of the queue needs to know of a queued run. Plain data.
#pragma once

#include <cstdint>
#include <string>

namespace powerdown {

struct QueuedRun {
  std::string run_id;
  std::string owner;
  int64_t priority = 0;
  int64_t max_steps = 0;
};

}  // namespace powerdown
