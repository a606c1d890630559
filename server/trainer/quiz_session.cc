#include "server/trainer/quiz_session.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/trainer/checkpoint_store.h"

namespace powerdown {
namespace {

// Weights, gradients that an engine sets up and about as much again for its tables; a question's
// symbols and answer.
constexpr int64_t kBytesPerWeight = 12;
constexpr int64_t kBytesPerRow = 64;

// Another step limit or evaluation schedule has the same questions.
RunSpec AskedSpec(RunSpec spec) {
  const RunSpec standard;
  spec.max_steps = standard.max_steps;
  spec.evaluate_every = standard.evaluate_every;
  spec.device = "cpu";
  return spec;
}

}  // namespace

int64_t QuizSession::loaded_bytes() const {
  int64_t bytes = 0;
  for (const Loaded& loaded : loaded_) bytes += loaded.bytes;
  return bytes;
}

absl::StatusOr<QuizSession::FileMark> QuizSession::MarkOf(const std::string& file) {
  struct stat status = {};
  if (stat(file.c_str(), &status) != 0) return absl::NotFoundError("the checkpoint's file is gone");
  return FileMark{static_cast<int64_t>(status.st_size), static_cast<int64_t>(status.st_ino),
                  absl::ToUnixNanos(absl::TimeFromTimespec(status.st_ctim))};
}

absl::StatusOr<std::shared_ptr<const Dataset>> QuizSession::DatasetOf(const RunSpec& spec) const {
  for (const Loaded& loaded : loaded_) {
    if (loaded.spec == spec) return loaded.dataset;
  }
  ASSIGN_OR_RETURN(Dataset dataset, MakeDataset(spec));
  return std::make_shared<const Dataset>(std::move(dataset));
}

void QuizSession::DropUnused() {
  while (loaded_.size() > 1 && (loaded_.size() > kMostLoaded || loaded_bytes() > kMostBytes)) {
    loaded_.pop_back();
  }
}

absl::StatusOr<QuizSession::Loaded*> QuizSession::Load(const AskCommand& ask) {
  ASSIGN_OR_RETURN(const FileMark mark, MarkOf(ask.checkpoint_file));
  const auto found = std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& loaded) {
    return loaded.file == ask.checkpoint_file;
  });
  if (found != loaded_.end()) {
    if (found->mark == mark && (ask.sha256.empty() || found->sha256 == ask.sha256)) {
      loaded_.splice(loaded_.begin(), loaded_, found);
      return &loaded_.front();
    }
    loaded_.erase(found);
  }
  ASSIGN_OR_RETURN(const CheckpointContent content, ReadCheckpoint(ask.checkpoint_file));
  Loaded loaded{ask.checkpoint_file, mark, CheckpointHash(content), content.step};
  if (!ask.sha256.empty() && loaded.sha256 != ask.sha256) {
    return absl::DataLossError(
        "the checkpoint was edited: its weights are not those that the run recorded");
  }
  loaded.spec = AskedSpec(content.spec);
  ASSIGN_OR_RETURN(loaded.dataset, DatasetOf(loaded.spec));
  const Dataset& dataset = *loaded.dataset;
  loaded.network =
      std::make_unique<Network>(loaded.spec, dataset.table, BatchSizeOf(loaded.spec, dataset));
  ASSIGN_OR_RETURN(const std::vector<float> weights,
                   WeightsOf(content, loaded.network->parameters()));
  loaded.network->SetWeights(weights);
  loaded.bytes = kBytesPerWeight * loaded.network->size() + kBytesPerRow * dataset.table.size();
  loaded_.push_front(std::move(loaded));
  DropUnused();
  return &loaded_.front();
}

void QuizSession::Answer(const AskCommand& ask, const IsCancelled& is_cancelled,
                         const SayAnswers& say) {
  const absl::Duration begin = ThreadBusy();
  const auto with_busy = [&](AnswersLine line) {
    if (!line.has_more) {
      line.busy = ThreadBusy() - begin;
      line.session_busy = ProcessBusy();
    }
    say(std::move(line));
  };
  AnswersLine failure;
  failure.request = ask.request;
  if (is_cancelled()) {
    failure.error = absl::CancelledError("the client that asked has gone");
    return with_busy(failure);
  }
  const absl::StatusOr<Loaded*> loaded = Load(ask);
  if (!loaded.ok()) {
    failure.error = loaded.status();
    return with_busy(failure);
  }
  AnswerAsk(ask, (*loaded)->step, *(*loaded)->dataset, *(*loaded)->network, is_cancelled,
            with_busy);
}

}  // namespace powerdown
