// A training small enough for tests, in a folder of its own, and all that it said.
#pragma once

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/trainer/trainer.h"
#include "tests/support/processes.h"

namespace powerdown {

inline RunSpec TinySpec() {
  RunSpec spec;
  spec.modulus = 7;
  spec.width = 8;
  spec.hidden = 16;
  spec.max_steps = 60;
  spec.weight_decay = 1;
  spec.device = "cpu";
  return spec;
}

inline RunSpec TinyTransformer() {
  RunSpec spec = TinySpec();
  spec.model = "transformer";
  spec.heads = 2;
  return spec;
}

// The answer is x: generalises within a few hundred steps, so that the stop rule has its say.
inline RunSpec EasySpec() {
  RunSpec spec = TinySpec();
  spec.task = std::string("x");  // an assignment in place is a false alarm of g++ 12
  spec.train_fraction = 0.7;
  spec.learning_rate = 0.01;
  spec.evaluate_every = 10;
  spec.max_steps = 400;
  return spec;
}

class TinyRun {
 public:
  explicit TinyRun(const RunSpec& spec) {
    start_.run_id = "tiny";
    start_.spec = spec;
    start_.auto_stop = AutoStop::kOff;
    start_.directory = folder_.path();
  }

  // Of the next Open(), unless it resumes.
  void set_engine(EngineKind engine) { engine_ = engine; }
  // What the next Open() or ToEnd() begins with.
  StartCommand& start() { return start_; }
  const StartCommand& start() const { return start_; }
  Trainer& trainer() { return *trainer_; }
  const std::string& folder() const { return folder_.path(); }
  std::string PathOf(const Checkpoint& checkpoint) const {
    return folder_.path() + "/" + checkpoint.file;
  }

  absl::Status Open() {
    auto created = Trainer::Create(
        start_, [this](const WorkerLine& line) { lines_.push_back(line); }, [this] { return now_; },
        engine_);
    if (created.ok()) trainer_ = *std::move(created);
    return created.status();
  }
  // Each step takes `each`. Fewer steps than asked if the run ends first.
  absl::Status Steps(int64_t count, absl::Duration each = absl::ZeroDuration()) {
    for (int64_t i = 0; i < count; ++i) {
      now_ += each;
      const absl::StatusOr<bool> has_ended = trainer_->Step();
      if (!has_ended.ok()) return has_ended.status();
      if (*has_ended) break;
    }
    return absl::OkStatus();
  }
  absl::Status ToEnd() {
    const absl::Status opened = Open();
    return opened.ok() ? Steps(start_.spec.max_steps + 1) : opened;
  }

  template <typename Line>
  std::vector<Line> Said() const {
    std::vector<Line> found;
    for (const WorkerLine& line : lines_) {
      if (const auto* said = std::get_if<Line>(&line)) found.push_back(*said);
    }
    return found;
  }
  // The newest with that label; of an empty file name if there is none.
  Checkpoint Newest(const std::string& label) const {
    Checkpoint newest;
    for (const CheckpointLine& line : Said<CheckpointLine>()) {
      if (line.checkpoint.label.name() == label) newest = line.checkpoint;
    }
    return newest;
  }
  std::string LastHash() const { return Newest("last").sha256; }
  EndedLine End() const {
    const std::vector<EndedLine> ends = Said<EndedLine>();
    return ends.size() == 1 ? ends[0] : EndedLine{.step = -1};
  }

 private:
  TemporaryFolder folder_;
  StartCommand start_;
  EngineKind engine_ = EngineKind::kFastest;
  absl::Duration now_;
  std::vector<WorkerLine> lines_;
  std::unique_ptr<Trainer> trainer_;
};

// The numbers of each report of a step, for comparing two runs bit for bit.
inline std::vector<std::vector<double>> ReportsFrom(const TinyRun& run, int64_t first_step) {
  std::vector<std::vector<double>> rows;
  for (const StepLine& line : run.Said<StepLine>()) {
    const Evaluation& one = line.evaluation;
    if (one.step < first_step) continue;
    rows.push_back({static_cast<double>(one.step), *one.train_loss, one.train_accuracy,
                    *one.validation_loss, one.validation_accuracy, *line.gradient_norm,
                    *line.weight_norm, *line.activation_sparsity});
    for (const double value : line.features) rows.back().push_back(std::isnan(value) ? -1 : value);
  }
  return rows;
}

}  // namespace powerdown
