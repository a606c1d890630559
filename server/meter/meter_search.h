// Looks for meters at the start, and beside the daemon's work again and again for those that were
// not there: rights given later, a driver that is loaded later, a GPU that is attached.
// Thread-safe.
#pragma once

#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "common/base/instant.h"
#include "common/platform/call_thread.h"
#include "server/meter/box_meters.h"

namespace powerdown {

class MeterSearch {
 public:
  // Often enough for who has just mended something, seldom enough to cost nothing: a search opens
  // a few files and a library.
  static constexpr absl::Duration kPeriod = absl::Seconds(30);

  explicit MeterSearch(BoxOptions options);
  // Does not wait for a driver that hangs.
  ~MeterSearch();

  // All meters. Waits for the drivers, up to their limits.
  BoxMeters Find(Instant now);
  // Begins a search when kPeriod has passed since the last, or a sensor has returned
  // (Sampler::returned_sensors), and gives what the last one found, once: the meters that were not
  // there before, and what is known of all sources.
  std::optional<BoxMeters> Tick(Instant now, int64_t returned_sensors);

 private:
  struct State;
  const std::shared_ptr<State> state_;  // shared with a search that is under way
  CallThread thread_;
  absl::Duration searched_at_;  // monotonic
  int64_t returned_sensors_ = 0;
};

}  // namespace powerdown
