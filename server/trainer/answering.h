// Answers questions with a network: those asked, some of the held-out ones, or the whole table. The
// network computes as training's evaluations do, so that over the whole held-out set it finds the
// recorded accuracy. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/run/worker_lines.h"
#include "server/trainer/dataset.h"
#include "server/trainer/network/network.h"

namespace powerdown {

using SayAnswers = std::function<void(AnswersLine)>;
using IsCancelled = std::function<bool()>;

// Calls `say` with answers in pieces that fit into a pipe, then a last line: an error if a question
// is malformed (InvalidArgument), the task has no grid (FailedPrecondition) or the client has gone
// (Cancelled). `is_cancelled` is called between pieces.
void AnswerAsk(const AskCommand& ask, int64_t step, const Dataset& dataset, Network& network,
               const IsCancelled& is_cancelled, const SayAnswers& say);

// Processor time so far.
absl::Duration ThreadBusy();
absl::Duration ProcessBusy();

}  // namespace powerdown
