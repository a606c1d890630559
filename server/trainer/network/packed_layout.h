// Where the weights of a pack lie: equal networks, a row each, all their parameters in order, each
// at a multiple of 64 bytes, as fast products and copies ask for. What is between is always 0.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "server/trainer/network/model.h"

namespace powerdown {

struct PackedPlace {
  std::string name;
  ParameterRole role = ParameterRole::kBias;
  std::vector<int64_t> sizes;
  int64_t offset = 0;  // within a row
  int64_t size = 0;
  int64_t end = 0;  // where the next one begins
};

class PackedLayout {
 public:
  explicit PackedLayout(const Model& model);
  const std::vector<PackedPlace>& places() const { return places_; }
  int64_t stride() const { return places_.back().end; }  // length of a row
  // Between weights as Model::flat() has them and a row.
  torch::Tensor RowOf(const torch::Tensor& flat) const;
  torch::Tensor FlatOf(const torch::Tensor& row) const;
  // A row's parameters, as views.
  std::vector<NamedParameter> ParametersOf(const torch::Tensor& row) const;

 private:
  std::vector<PackedPlace> places_;
};

}  // namespace powerdown
