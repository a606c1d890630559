// Writes an attempt's checkpoints aside, syncs and renames them; reads them back. Not thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/run/checkpoint_file.h"
#include "common/run/run.h"
#include "server/trainer/network/model.h"

namespace powerdown {

// Writes `content` into `directory` and describes it. ResourceExhausted when the disk is full; no
// half-written file ever has the final name. What is not synced may be damaged by a power failure,
// which its checksum tells.
enum class CheckpointDurability { kSynced, kUnsynced };
absl::StatusOr<Checkpoint> WriteCheckpoint(
    const std::string& directory, const CheckpointContent& content,
    CheckpointDurability durability = CheckpointDurability::kSynced);
// DataLoss if damaged, NotFound; messages name the file.
absl::StatusOr<CheckpointContent> ReadCheckpoint(const std::string& path);

// Puts the checkpoint's weights into a model of the same spec. DataLoss if one is missing.
absl::Status LoadWeights(const CheckpointContent& content, Model& model);

}  // namespace powerdown
