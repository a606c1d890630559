// The checkpoint format as pure bytes: a canonical JSON header, raw little-endian tensors, and a
// SHA-256 over all of it, so that damage is noticed. No I/O, no threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_enums.h"
#include "common/run/run_spec.h"

namespace powerdown {

inline constexpr int kCheckpointVersion = 1;
// Tensors of the model itself begin with this; all others (optimiser, generator) do not.
inline constexpr std::string_view kModelTensorPrefix = "model.";

struct CheckpointTensor {
  std::string name;   // unique within the checkpoint
  std::string dtype;  // f32, f64, i64, u8
  std::vector<int64_t> shape;
  std::string bytes;  // little-endian, row-major: product of shape times the size of dtype

  bool operator==(const CheckpointTensor&) const = default;
};

struct CheckpointContent {
  RunSpec spec;
  int64_t step = 0;
  Named<CheckpointLabel> label = CheckpointLabel::kNone;
  Named<CheckpointKind> kind;
  std::string extra_json;  // what the trainer needs besides tensors: an object, or empty
  std::vector<CheckpointTensor> tensors;

  bool operator==(const CheckpointContent&) const = default;
};

// Equal contents give equal bytes. Each tensor's bytes must fit its dtype and shape.
std::string EncodeCheckpoint(const CheckpointContent& content);
// DataLoss when damaged or cut short, FailedPrecondition when a newer version wrote it,
// InvalidArgument when it is no checkpoint at all.
absl::StatusOr<CheckpointContent> DecodeCheckpoint(std::string_view bytes);

// SHA-256 (hex) over spec, step and the model tensors (name, dtype, shape, bytes; in name order):
// equal weights of an equal spec at an equal step have equal hashes, whatever the label, the kind
// or the run. max_steps, device and evaluate_every are left out: they shape no weight.
std::string CheckpointHash(const CheckpointContent& content);

}  // namespace powerdown
