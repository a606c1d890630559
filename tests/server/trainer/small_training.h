// A short real training in a folder of its own, and what it said.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/trainer/trainer.h"
#include "tests/support/processes.h"

namespace powerdown {

inline RunSpec SmallSpec(const std::string& model = "mlp") {
  RunSpec spec;
  spec.model = model;
  spec.modulus = 23;
  spec.width = 32;
  spec.hidden = 64;
  spec.learning_rate = 0.01;
  spec.max_steps = 150;
  spec.device = "cpu";
  return spec;
}

class SmallTraining {
 public:
  explicit SmallTraining(const RunSpec& spec) {
    StartCommand start;
    start.spec = spec;
    start.auto_stop = AutoStop::kOff;
    start.directory = folder_.path();
    trainer_ = *Trainer::Create(
        start, [this](const WorkerLine& line) { Take(line); }, [] { return absl::ZeroDuration(); });
  }
  // Calls `between` before each step.
  template <typename Between>
  void Train(Between between) {
    for (bool has_ended = false; !has_ended;) {
      between();
      const absl::StatusOr<bool> ended = trainer_->Step();
      ASSERT_TRUE(ended.ok()) << ended.status();
      has_ended = *ended;
    }
  }
  void Train() {
    Train([] {});
  }
  std::string FileOf(const Checkpoint& checkpoint) const {
    return folder_.path() + "/" + checkpoint.file;
  }

  TemporaryFolder folder_;
  std::unique_ptr<Trainer> trainer_;
  std::map<int64_t, Evaluation> evaluations_;  // by step
  std::vector<Checkpoint> checkpoints_;        // frames too

 private:
  void Take(const WorkerLine& line) {
    if (const auto* step = std::get_if<StepLine>(&line)) {
      evaluations_[step->evaluation.step] = step->evaluation;
    } else if (const auto* checkpoint = std::get_if<CheckpointLine>(&line)) {
      checkpoints_.push_back(checkpoint->checkpoint);
    } else if (const auto* frames = std::get_if<FramesLine>(&line)) {
      for (const CheckpointLine& frame : frames->frames) checkpoints_.push_back(frame.checkpoint);
    }
  }
};

// All that was said to one request.
struct Heard {
  AnswersLine last;
  std::vector<QuizAnswer> answers;
  AnswerGrid grid;
  int lines = 0;

  void Take(AnswersLine line) {
    ++lines;
    for (QuizAnswer& answer : line.answers) answers.push_back(std::move(answer));
    grid.symbols = std::max(grid.symbols, line.grid.symbols);
    const auto add = [](auto& all, const auto& more) {
      all.insert(all.end(), more.begin(), more.end());
    };
    add(grid.answers, line.grid.answers);
    add(grid.expected, line.grid.expected);
    add(grid.origins, line.grid.origins);
    add(grid.confidences, line.grid.confidences);
    last = std::move(line);
  }
  int64_t right() const {
    return std::count_if(answers.begin(), answers.end(),
                         [](const QuizAnswer& answer) { return answer.correct; });
  }
};

}  // namespace powerdown
