#include "server/trainer/checkpoint_store.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

// What an unlabelled checkpoint's file is called: frames are written at steps of full ones too.
std::string FileWord(const CheckpointContent& content) {
  if (content.label != CheckpointLabel::kNone) return std::string(content.label.name());
  return content.kind == CheckpointKind::kWeights ? "frame" : "step";
}

}  // namespace

absl::StatusOr<Checkpoint> WriteCheckpoint(const std::string& directory,
                                           const CheckpointContent& content,
                                           CheckpointDurability durability) {
  const bool is_synced = durability == CheckpointDurability::kSynced;
  Checkpoint checkpoint;
  checkpoint.step = content.step;
  checkpoint.label = content.label;
  checkpoint.kind = content.kind;
  checkpoint.sha256 = CheckpointHash(content);
  checkpoint.file = absl::StrFormat("%09d-%s.ckpt", content.step, FileWord(content));
  const std::string path = directory + "/" + checkpoint.file;
  const std::string bytes = EncodeCheckpoint(content);
  checkpoint.bytes = static_cast<int64_t>(bytes.size());
  RETURN_IF_ERROR(WriteFile(path, bytes, {.mode = kOwnerOnly, .is_synced = is_synced}));
  return checkpoint;
}

absl::StatusOr<CheckpointContent> ReadCheckpoint(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  absl::StatusOr<CheckpointContent> content = DecodeCheckpoint(bytes);
  if (!content.ok()) {
    return absl::Status(content.status().code(),
                        absl::StrCat(path, ": ", content.status().message()));
  }
  return content;
}

absl::StatusOr<std::vector<float>> WeightsOf(const CheckpointContent& content,
                                             const std::vector<ParameterShape>& parameters) {
  std::vector<float> weights;
  for (const ParameterShape& parameter : parameters) {
    const std::string name = std::string(kModelTensorPrefix) + parameter.name;
    const auto found = std::find_if(content.tensors.begin(), content.tensors.end(),
                                    [&](const CheckpointTensor& one) { return one.name == name; });
    const auto count = static_cast<size_t>(parameter.size);
    if (found == content.tensors.end() || found->bytes.size() != count * sizeof(float)) {
      return absl::DataLossError(absl::StrCat("the checkpoint lacks ", name));
    }
    weights.resize(weights.size() + count);
    std::memcpy(weights.data() + weights.size() - count, found->bytes.data(),
                count * sizeof(float));
  }
  return weights;
}

}  // namespace powerdown
