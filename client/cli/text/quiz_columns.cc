#include "client/cli/text/quiz_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

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

std::vector<QuizColumn> FilmOf(const Run& run, size_t most) {
  const std::vector<QuizColumn> all = AllOf(run);
  if (all.size() <= most) return all;
  std::set<size_t> chosen = {0, all.size() - 1};
  for (const Checkpoint& checkpoint : run.checkpoints) {
    const bool is_stage = checkpoint.label == CheckpointLabel::kMemorised ||
                          checkpoint.label == CheckpointLabel::kGrokked;
    const auto found =
        std::find(all.begin(), all.end(), QuizColumn{run.run_id, checkpoint.checkpoint_id});
    // A run that was resumed may have memorised in each of its attempts.
    if (is_stage && found != all.end() && chosen.size() < most) {
      chosen.insert(static_cast<size_t>(found - all.begin()));
    }
  }
  for (size_t i = 1; i < most && chosen.size() < most; ++i) {
    chosen.insert(i * (all.size() - 1) / (most - 1));
  }
  std::vector<QuizColumn> film;
  for (const size_t at : chosen) film.push_back(all[at]);
  return film;
}

}  // namespace powerdown
