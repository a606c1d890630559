// Writes an attempt's checkpoints aside, syncs and renames them; reads them back. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/checkpoint_file.h"
#include "common/run/run.h"
#include "server/trainer/network/network.h"

namespace powerdown {

// Writes `content` into `directory` and describes it. ResourceExhausted when the disk is full; no
// half-written file ever has the final name. A power failure may damage an unsynced file;
// its checksum shows that.
enum class CheckpointDurability { kSynced, kUnsynced };
absl::StatusOr<Checkpoint> WriteCheckpoint(
    const std::string& directory, const CheckpointContent& content,
    CheckpointDurability durability = CheckpointDurability::kSynced);
// DataLoss if damaged, NotFound; messages name the file.
absl::StatusOr<CheckpointContent> ReadCheckpoint(const std::string& path);

// The checkpoint's weights, for a network with these parameters. DataLoss if one is missing.
absl::StatusOr<std::vector<float>> WeightsOf(const CheckpointContent& content,
                                             const std::vector<ParameterShape>& parameters);

}  // namespace powerdown
