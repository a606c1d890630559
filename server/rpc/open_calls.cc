#include "server/rpc/open_calls.h"

#include <vector>

namespace powerdown {

int64_t OpenCalls::Add(Expire expire) {
  absl::MutexLock lock(&mutex_);
  calls_[next_number_].expire = std::move(expire);
  return next_number_++;
}

void OpenCalls::Remove(int64_t number) {
  absl::MutexLock lock(&mutex_);
  calls_.erase(number);
}

void OpenCalls::Tick(Instant now) {
  std::vector<Expire> expired;
  {
    absl::MutexLock lock(&mutex_);
    for (auto entry = calls_.begin(); entry != calls_.end();) {
      Call& call = entry->second;
      if (!call.seen_at) call.seen_at = now.monotonic;
      if (now.monotonic - *call.seen_at < kLongestCall) {
        ++entry;
        continue;
      }
      expired.push_back(std::move(call.expire));
      entry = calls_.erase(entry);
    }
  }
  for (const Expire& expire : expired) expire();
}

}  // namespace powerdown
