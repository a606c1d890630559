#include "server/trainer/network/packed_layout.h"

namespace powerdown {
namespace {

constexpr int64_t kAlignment = 16;  // floats

}  // namespace

PackedLayout::PackedLayout(const Model& model) {
  int64_t offset = 0;
  for (const NamedParameter& parameter : model.parameters()) {
    const int64_t size = parameter.value.numel();
    const int64_t end = (offset + size + kAlignment - 1) / kAlignment * kAlignment;
    places_.push_back(
        {parameter.name, parameter.role, parameter.value.sizes().vec(), offset, size, end});
    offset = end;
  }
}

torch::Tensor PackedLayout::RowOf(const torch::Tensor& flat) const {
  torch::Tensor row = torch::zeros({stride()}, flat.options().requires_grad(false));
  int64_t first = 0;
  for (const PackedPlace& place : places_) {
    row.narrow(0, place.offset, place.size).copy_(flat.detach().narrow(0, first, place.size));
    first += place.size;
  }
  return row;
}

torch::Tensor PackedLayout::FlatOf(const torch::Tensor& row) const {
  std::vector<torch::Tensor> parts;
  for (const PackedPlace& place : places_) {
    parts.push_back(row.narrow(0, place.offset, place.size));
  }
  return torch::cat(parts);
}

std::vector<NamedParameter> PackedLayout::ParametersOf(const torch::Tensor& row) const {
  std::vector<NamedParameter> parameters;
  for (const PackedPlace& place : places_) {
    parameters.push_back(
        {place.name, place.role, row.narrow(0, place.offset, place.size).view(place.sizes)});
  }
  return parameters;
}

}  // namespace powerdown
