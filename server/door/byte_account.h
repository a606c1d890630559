// Bytes that are held in memory for others: a bound on all together and on each address. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "server/door/limits.h"

namespace powerdown {

class ByteAccount {
 public:
  ByteAccount(int64_t most, int64_t most_of_address)
      : most_(most), most_of_address_(most_of_address) {}
  // False, and nothing is taken, where it would be too much.
  bool Take(const std::string& address, int64_t bytes) {
    const auto found = held_.find(address);
    const int64_t before = found == held_.end() ? 0 : found->second;
    if (total_ + bytes > most_ || before + bytes > most_of_address_) return false;
    held_[address] = before + bytes;
    total_ += bytes;
    return true;
  }
  void Give(const std::string& address, int64_t bytes) {
    if (bytes == 0) return;
    const auto found = held_.find(address);
    total_ -= bytes;
    if ((found->second -= bytes) == 0) held_.erase(found);
  }
  int64_t total() const { return total_; }

 private:
  const int64_t most_;
  const int64_t most_of_address_;
  int64_t total_ = 0;
  std::map<std::string, int64_t> held_;
};

// Those of all connections.
struct RequestAccounts {
  ByteAccount strangers{kStrangersInFlight, kStrangersInFlightOfAddress};
  ByteAccount small{kSmallInFlight, kSmallInFlightOfAddress};
  ByteAccount large{kLargeInFlight, kLargeInFlightOfAddress};
};

}  // namespace powerdown
