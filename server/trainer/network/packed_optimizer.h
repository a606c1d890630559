// The update rules of optimizer.h for a pack, as tensors: learning rate and weight decay are each
// member's own, the step is counted on the device, and no host ever waits for it. Agrees with
// optimizer.h to rounding (tests/server/trainer/network/packed_optimizer_test.cc). Not thread-safe.
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "common/run/run_spec.h"
#include "server/trainer/network/packed_layout.h"

namespace powerdown {

class PackedOptimizer {
 public:
  // specs: of the members, which differ in nothing here but learning_rate and weight_decay.
  // weights: [members, stride].
  PackedOptimizer(const std::vector<RunSpec>& specs, const PackedLayout& layout,
                  const torch::Tensor& weights);

  // One update. The gradient may be changed.
  void Step(torch::Tensor weights, torch::Tensor gradient);

  struct Buffer {
    std::string name;
    torch::Tensor value;  // [members, stride]
  };
  // Names and order as optimizer.h has them.
  const std::vector<Buffer>& buffers() const { return buffers_; }
  // Updates so far, on the device: [1].
  torch::Tensor steps() const { return steps_; }

 private:
  struct Part {
    int64_t offset = 0;
    int64_t size = 0;
    std::vector<int64_t> sizes;  // of a hidden map
    bool is_decayed = false;
    bool is_hidden_map = false;  // a matrix that muon makes orthogonal
  };
  static std::vector<Part> PartsOf(const RunSpec& spec, const PackedLayout& layout);
  torch::Tensor AddBuffer(const std::string& name, const torch::Tensor& weights);
  torch::Tensor Keep(const Part& part) const;  // what decay leaves of the weights: [members, 1]
  void AddSlowPart(torch::Tensor gradient);
  void RemovePartAlongWeights(const torch::Tensor& weights, const torch::Tensor& gradient) const;
  void UpdateAdamW(const Part& part, const torch::Tensor& weights, const torch::Tensor& gradient);
  void UpdateMap(const Part& part, const torch::Tensor& weights, const torch::Tensor& gradient);
  void UpdateSgd(const Part& part, const torch::Tensor& weights, const torch::Tensor& gradient);

  const RunSpec spec_;  // of the first member
  const std::vector<Part> parts_;
  const std::vector<PackedPlace> places_;
  const torch::ScalarType type_;
  torch::Tensor learning_rate_, weight_decay_;  // [members, 1]
  torch::Tensor steps_;                         // [1]
  torch::Tensor rate_;                          // of this step, warm-up included: [members, 1]
  std::vector<Buffer> buffers_;
  torch::Tensor mean_, square_, momentum_, slow_;
};

}  // namespace powerdown
