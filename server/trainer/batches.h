// Which training pairs each step sees: all of them, or the next piece of a shuffled pass. Its state
// goes into checkpoints. Not thread-safe.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace powerdown {

class BatchOrder {
 public:
  // batch_size 0: full batch, and Next() is never called.
  BatchOrder(int64_t pairs, int64_t batch_size, uint64_t seed);
  bool is_full_batch() const { return batch_size_ == 0; }
  // Rows of the next batch. A pass's last batch may be smaller.
  std::vector<int64_t> Next();

  std::string State() const;  // text; the same state gives the same batches
  // DataLoss if the text is not a state of this many pairs; then do not use this object.
  absl::Status Restore(const std::string& state);

 private:
  void Shuffle();

  const int64_t batch_size_;
  std::mt19937_64 random_;
  std::vector<int64_t> order_;
  size_t position_ = 0;
};

}  // namespace powerdown
