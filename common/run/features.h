// What forecasts are made from besides losses, accuracies and norms: one value a feature at
// evaluations that lie at least 10% apart. Plain values; the list is the one description of them.
//
// θ: all weights, θ₀: those of step 0, g: the gradient, z: logits, y: the right answer, W: the
// embedding (rows are symbols); means are over training examples of the last batch, at most 512.
// Sources: docs/forecasts.md, Features.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace powerdown {

// Stored with each row. Another list is another schema: entries are never renamed or reordered.
inline constexpr int kFeatureSchema = 1;

enum class Feature : size_t {
  kEmbeddingNorm,
  kHiddenNorm,
  kUnembeddingNorm,
  kRadialShare,
  kStartCosine,
  kLogitScale,
  kMargin,
  kCollapsedShare,
  kHoyerSparsity,
  kEmbeddingConcentration,
  kEmbeddingRank,
  kUnembeddingRank,
};

struct FeatureDescription {
  Feature feature;
  std::string_view name;
  std::string_view formula;
};
const std::vector<FeatureDescription>& Features();

// One value each, in the order of Features(); NaN where a network has no such thing. Empty: not
// measured.
using FeatureValues = std::vector<double>;

}  // namespace powerdown
