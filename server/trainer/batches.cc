#include "server/trainer/batches.h"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <utility>

namespace powerdown {

BatchOrder::BatchOrder(int64_t pairs, int64_t batch_size, uint64_t seed)
    : batch_size_(batch_size), random_(seed), order_(static_cast<size_t>(pairs)) {
  std::iota(order_.begin(), order_.end(), 0);
  position_ = order_.size();
}

// Fisher and Yates; std::shuffle's draws are not fixed by the standard.
void BatchOrder::Shuffle() {
  for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random_() % i]);
  position_ = 0;
}

std::vector<int64_t> BatchOrder::Next() {
  if (position_ >= order_.size()) Shuffle();
  const size_t end = std::min(order_.size(), position_ + static_cast<size_t>(batch_size_));
  std::vector<int64_t> rows(order_.begin() + static_cast<std::ptrdiff_t>(position_),
                            order_.begin() + static_cast<std::ptrdiff_t>(end));
  position_ = end;
  return rows;
}

std::string BatchOrder::State() const {
  std::ostringstream text;
  text << random_ << ' ' << position_;
  for (const int64_t row : order_) text << ' ' << row;
  return text.str();
}

absl::Status BatchOrder::Restore(const std::string& state) {
  const auto damaged = [] {
    return absl::DataLossError("the order of its batches cannot be read");
  };
  std::istringstream text(state);
  text >> random_ >> position_;
  std::vector<bool> is_seen(order_.size());
  for (int64_t& row : order_) {
    text >> row;
    const bool is_new = text && row >= 0 && row < static_cast<int64_t>(order_.size()) &&
                        !is_seen[static_cast<size_t>(row)];
    if (!is_new) return damaged();
    is_seen[static_cast<size_t>(row)] = true;
  }
  std::string rest;
  if (!text || text >> rest || position_ > order_.size()) return damaged();
  return absl::OkStatus();
}

}  // namespace powerdown
