#include "server/access/attempt_table.h"

namespace powerdown {

bool AttemptTable::IsSpent(const std::string& key, absl::Duration now) {
  if (all_.IsSpent(now)) return true;
  const auto found = limits_.find(key);
  if (found != limits_.end()) return found->second.IsSpent(now);
  return limits_.size() >= most_ && others_.IsSpent(now);
}

void AttemptTable::Take(const std::string& key, absl::Duration now) {
  all_.Take(now);
  auto found = limits_.find(key);
  if (found == limits_.end()) {
    if (limits_.size() >= most_) ForgetRested(now);
    if (limits_.size() >= most_) {
      others_.Take(now);
      return;
    }
    found = limits_.emplace(key, AttemptLimit(each_.most, each_.period)).first;
  }
  found->second.Take(now);
}

void AttemptTable::ForgetRested(absl::Duration now) {
  for (auto next = limits_.begin(); next != limits_.end();) {
    const auto entry = next++;
    if (entry->second.IsFull(now)) limits_.erase(entry);
  }
}

}  // namespace powerdown
