#include "client/cli/text/quiz_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace powerdown {
namespace {

bool Has(const Run& run, CheckpointLabel label) {
  return std::any_of(run.checkpoints.begin(), run.checkpoints.end(),
                     [&](const Checkpoint& checkpoint) { return checkpoint.label == label; });
}

// The frame nearest to the middle of two steps; null if no frame is between them.
const Checkpoint* FrameBetween(const Run& run, int64_t first, int64_t last) {
  const Checkpoint* found = nullptr;
  const auto distance = [&](const Checkpoint& checkpoint) {
    return std::abs(2 * checkpoint.step - first - last);
  };
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.kind != CheckpointKind::kWeights || checkpoint.step <= first ||
        checkpoint.step >= last) {
      continue;
    }
    if (found == nullptr || distance(checkpoint) < distance(*found)) found = &checkpoint;
  }
  return found;
}

}  // namespace

std::vector<QuizColumn> StagesOf(const Run& run) {
  std::vector<QuizColumn> columns;
  const bool has_memorised = Has(run, CheckpointLabel::kMemorised);
  const bool has_grokked = Has(run, CheckpointLabel::kGrokked);
  if (has_memorised) columns.push_back({run.run_id, "memorised"});
  if (has_memorised && has_grokked && run.memorised_step && run.grok_step) {
    const Checkpoint* between = FrameBetween(run, *run.memorised_step, *run.grok_step);
    if (between != nullptr) columns.push_back({run.run_id, between->checkpoint_id});
  }
  if (has_grokked) columns.push_back({run.run_id, "grokked"});
  if (!has_grokked || run.state == RunState::kRunning) columns.push_back({run.run_id, "latest"});
  return columns;
}

std::vector<QuizColumn> AllOf(const Run& run) {
  std::map<int64_t, const Checkpoint*> by_step;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    // A new periodic checkpoint replaces the one before, whose file may be gone.
    if (checkpoint.label == CheckpointLabel::kNone && checkpoint.kind == CheckpointKind::kFull)
      continue;
    const Checkpoint*& kept = by_step[checkpoint.step];
    if (kept == nullptr || kept->label == CheckpointLabel::kNone) kept = &checkpoint;
  }
  std::vector<QuizColumn> columns;
  for (const auto& [step, checkpoint] : by_step) {
    columns.push_back({run.run_id, checkpoint->checkpoint_id});
  }
  return columns;
}

}  // namespace powerdown
