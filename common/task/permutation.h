// The permutations of n things as numbers: lexicographic rank, composition, inverse. Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace powerdown {

// The symmetric group S_n, n ≤ 6. A permutation is its rank in lexicographic order: 0 is identity.
class SymmetricGroup {
 public:
  explicit SymmetricGroup(int n);
  int32_t order() const { return static_cast<int32_t>(permutations_.size()); }
  // c[k] = a[b[k]]
  int32_t Compose(int32_t a, int32_t b) const;
  int32_t Inverse(int32_t a) const;

 private:
  int32_t RankOf(const std::vector<int>& permutation) const;

  std::vector<std::vector<int>> permutations_;
};

}  // namespace powerdown
