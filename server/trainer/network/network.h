// A network that answers questions, and the plain data that the worker and its networks exchange:
// numbers in, numbers out. No type of LibTorch is in this header.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "common/base/named.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {

// Questions with their answers.
struct Pairs {
  int64_t operands = 0;
  std::vector<int64_t> questions;  // symbols, row-major: [size() x operands]
  std::vector<int64_t> answers;    // [size()]
  int64_t size() const { return static_cast<int64_t>(answers.size()); }
};

// One parameter of a network. Weights are passed as one list: all parameters in order.
struct ParameterShape {
  std::string name;
  std::vector<int64_t> sizes;
  int64_t size = 0;  // their product
};

// What a network answers: `count` classes a question, the likeliest first, question by question.
struct Choices {
  int64_t count = 0;
  std::vector<int64_t> classes;
  std::vector<float> probabilities;
};

// How loss and gradient are computed. Runs are resumed by the kind that made their checkpoints.
enum class EngineKind {
  kPlain,  // as the model is written; on the processor
  kLoops,  // with less arithmetic, by loops for the processor, where the spec allows it (engine.h)
  kTensors,  // with less arithmetic, by tensors, on any device (packed_network.h)
  kFastest,  // whichever suits device and spec
};
template <>
struct NamesOf<EngineKind> {  // none for kFastest: a checkpoint names what it was
  static constexpr std::string_view kNames[] = {"plain", "loops", "tensors"};
};

// On the CPU, with the engine that a training of this batch size uses, so that it finds the
// accuracy that the training reported. Not thread-safe; members may throw what LibTorch throws.
class Network {
 public:
  // With the weights of step 0.
  Network(const RunSpec& spec, const TaskTable& table, int64_t batch_size);
  ~Network();

  const std::vector<ParameterShape>& parameters() const;
  int64_t size() const;  // number of weights
  void SetWeights(absl::Span<const float> weights);
  // The five likeliest answers to each question, or all if there are fewer. The first one is the
  // answer that evaluations count, also where several are equally likely.
  Choices Ask(const Pairs& questions);

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace powerdown
