#include "common/run/features.h"

namespace powerdown {

const std::vector<FeatureDescription>& Features() {
  static const auto& features = *new std::vector<FeatureDescription>{
      {Feature::kEmbeddingNorm, "embedding_norm", "‖θ_E‖₂ over embeddings and positions"},
      {Feature::kHiddenNorm, "hidden_norm", "‖θ_H‖₂ over the maps between them and unembedding"},
      {Feature::kUnembeddingNorm, "unembedding_norm", "‖θ_U‖₂"},
      {Feature::kRadialShare, "radial_share",
       "⟨g, θ⟩ / (‖g‖ ‖θ‖): negative where growing all weights lowers the loss (arXiv 2501.04697)"},
      {Feature::kStartCosine, "start_cosine", "⟨θ, θ₀⟩ / (‖θ‖ ‖θ₀‖)"},
      {Feature::kLogitScale, "logit_scale", "mean |z|"},
      {Feature::kMargin, "margin", "mean (z_y − max_{j≠y} z_j)"},
      {Feature::kCollapsedShare, "collapsed_share",
       "share of examples whose loss log Σ exp(z_j − z_y) is 0 in single precision"},
      {Feature::kHoyerSparsity, "hoyer_sparsity",
       "mean over examples of (√n − ‖a‖₁/‖a‖₂) / (√n − 1), a the n hidden units (Hoyer 2004)"},
      {Feature::kEmbeddingConcentration, "embedding_concentration",
       "mean over columns of Σ_ν P_ν² / (Σ_ν P_ν)², P the power spectrum of the column of W over "
       "the "
       "symbols, ν = 1 … ⌊p/2⌋: 1 where a column is one wave (Gromov 2023, arXiv 2301.02679)"},
      {Feature::kEmbeddingRank, "embedding_rank",
       "‖W‖_F⁴ / ‖WᵀW‖_F², the participation ratio of its squared singular values"},
      {Feature::kUnembeddingRank, "unembedding_rank", "the same of the unembedding"},
  };
  return features;
}

}  // namespace powerdown
