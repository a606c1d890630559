// Receipts of this daemon's runs, signed with its key. Thread-safe: it keeps nothing that changes.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/run/comparison.h"
#include "server/run/run_queue.h"

namespace powerdown {

class Receipts {
 public:
  // `private_key`: 32 bytes. Both others outlive it.
  Receipts(const RunQueue* queue, const Comparisons* comparisons, std::string private_key)
      : queue_(queue), comparisons_(comparisons), private_key_(std::move(private_key)) {}

  // As MakeReceipt; NotFound if there is no such run.
  absl::StatusOr<std::string> Of(const std::string& run_id, absl::Time now) const;
  // 64 hexadecimal digits.
  std::string public_key() const;

 private:
  const RunQueue* const queue_;
  const Comparisons* const comparisons_;
  const std::string private_key_;
};

}  // namespace powerdown
