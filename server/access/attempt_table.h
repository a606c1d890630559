// Bounds attempts by whoever makes them, and all of them together. One who tries too often waits
// alone; the bound on all holds even when many conspire. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "server/access/attempt_limit.h"

namespace powerdown {

class AttemptTable {
 public:
  // So many at once, and one more each period.
  struct Bound {
    double most = 0;
    absl::Duration period;
  };
  // Remembers at most `most_keys`; who is not remembered shares one limit with others like them.
  AttemptTable(Bound each, Bound all, size_t most_keys)
      : each_(each),
        all_(all.most, all.period),
        others_(each.most, each.period),
        most_(most_keys) {}

  bool IsSpent(const std::string& key, absl::Duration now);  // monotonic
  void Take(const std::string& key, absl::Duration now);
  size_t size() const { return limits_.size(); }

 private:
  void ForgetRested(absl::Duration now);

  const Bound each_;
  AttemptLimit all_;
  AttemptLimit others_;
  const size_t most_;
  std::map<std::string, AttemptLimit> limits_;
};

}  // namespace powerdown
