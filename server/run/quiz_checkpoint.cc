// Which checkpoint a quiz is about.
#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "server/run/quiz.h"

namespace powerdown {
namespace {

// "memorised, grokked, last and 32 others between step 0 and 790".
std::string WhatThereIs(const Run& run) {
  std::set<std::string> labels;
  int64_t others = 0;
  int64_t first = INT64_MAX;
  int64_t last = 0;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.label != CheckpointLabel::kNone) {
      labels.emplace(checkpoint.label.name());
      continue;
    }
    ++others;
    first = std::min(first, checkpoint.step);
    last = std::max(last, checkpoint.step);
  }
  if (others > 0) {
    labels.insert(others == 1 ? absl::StrCat("step ", first)
                              : absl::StrCat(others, " from step ", first, " to ", last));
  }
  return labels.empty() ? "none yet" : absl::StrJoin(labels, ", ");
}

absl::StatusOr<const Checkpoint*> FindById(const Run& run, const std::string& prefix) {
  const Checkpoint* found = nullptr;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (prefix.empty() || !absl::StartsWith(checkpoint.checkpoint_id, prefix)) continue;
    if (checkpoint.checkpoint_id == prefix) return &checkpoint;
    if (found != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("checkpoint id ", prefix,
                                                     " is ambiguous: ", found->checkpoint_id,
                                                     " or ", checkpoint.checkpoint_id));
    }
    found = &checkpoint;
  }
  return found;
}

}  // namespace

absl::StatusOr<Checkpoint> FindCheckpoint(const Run& run, const std::string& at) {
  const Checkpoint* found = nullptr;
  int64_t step = 0;
  const bool is_step = absl::SimpleAtoi(at, &step);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    const bool is_later = found == nullptr || checkpoint.step >= found->step;
    const bool matches = at == "latest" ? is_later
                         : is_step      ? checkpoint.step <= step && is_later
                                        : checkpoint.label.name() == at;
    if (matches && (is_step || !at.empty())) found = &checkpoint;
  }
  if (found == nullptr) {
    ASSIGN_OR_RETURN(found, FindById(run, at));
  }
  if (found != nullptr) return *found;
  return absl::NotFoundError(Concat("run ", run.run_id, " has no checkpoint ", Quoted(at),
                                    "; it has: ", WhatThereIs(run)));
}

}  // namespace powerdown
