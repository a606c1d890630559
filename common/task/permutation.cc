#include "common/task/permutation.h"

#include <algorithm>
#include <numeric>

namespace powerdown {

SymmetricGroup::SymmetricGroup(int n) {
  std::vector<int> permutation(n);
  std::iota(permutation.begin(), permutation.end(), 0);
  do {
    permutations_.push_back(permutation);
  } while (std::next_permutation(permutation.begin(), permutation.end()));
}

int32_t SymmetricGroup::Compose(int32_t a, int32_t b) const {
  std::vector<int> composed = permutations_[b];
  for (int& image : composed) image = permutations_[a][image];
  return RankOf(composed);
}

int32_t SymmetricGroup::Inverse(int32_t a) const {
  std::vector<int> inverse(permutations_[a].size());
  for (size_t k = 0; k < inverse.size(); ++k) inverse[permutations_[a][k]] = static_cast<int>(k);
  return RankOf(inverse);
}

int32_t SymmetricGroup::RankOf(const std::vector<int>& permutation) const {
  const auto found = std::lower_bound(permutations_.begin(), permutations_.end(), permutation);
  return static_cast<int32_t>(found - permutations_.begin());
}

}  // namespace powerdown
