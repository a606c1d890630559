// All chance of a simulation, from one seed: the same numbers on every machine. Not thread-safe.
#pragma once

#include <cmath>
#include <cstdint>

#include "absl/time/time.h"

namespace powerdown {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood, 2014).
  uint64_t Next() {
    uint64_t mixed = state_ += 0x9E3779B97F4A7C15;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return mixed ^ (mixed >> 31);
  }
  int64_t Between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(Next() % static_cast<uint64_t>(most - least + 1));
  }
  double Share() { return static_cast<double>(Next() >> 11) / 9007199254740992.0; }  // [0, 1)
  bool Chance(double probability) { return Share() < probability; }
  // As often between 1 s and 10 s as between 10 s and 100 s. Whole milliseconds.
  absl::Duration Spread(absl::Duration least, absl::Duration most) {
    const double ratio = absl::FDivDuration(most, least);
    return absl::Milliseconds(
        static_cast<int64_t>(absl::ToDoubleMilliseconds(least) * std::pow(ratio, Share())));
  }

 private:
  uint64_t state_;
};

}  // namespace powerdown
