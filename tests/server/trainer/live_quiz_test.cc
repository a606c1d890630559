#include "server/trainer/live_quiz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/server/trainer/small_training.h"

namespace powerdown {
namespace {

AskCommand Held(int64_t request) {
  AskCommand ask;
  ask.request = request;
  ask.count = 1'000'000;
  return ask;
}

// A run that is asked before each step.
class QuizzedTraining {
 public:
  explicit QuizzedTraining(const RunSpec& spec)
      : training_(spec),
        quiz_(
            training_.trainer_->spec(), training_.trainer_->dataset(),
            [](int64_t request) { return request % 10 == 9; },
            [this](AnswersLine line) {
              absl::MutexLock lock(&mutex_);
              heard_[line.request].Take(std::move(line));
            }) {}
  void Train() {
    int64_t request = 0;
    training_.Train([&] {
      quiz_.Take(Held(++request));
      Serve();
      // Now and then all are waited for, here at evaluations; otherwise training goes on meanwhile.
      while (training_.trainer_->step() % 10 == 0 && !HasAnswered(request)) Serve();
    });
  }
  // Those that were answered so far.
  std::map<int64_t, Heard> heard() {
    absl::MutexLock lock(&mutex_);
    return heard_;
  }

  SmallTraining training_;

 private:
  void Serve() { quiz_.Serve(training_.trainer_->step(), training_.trainer_->training()); }
  // Looks for up to ten milliseconds.
  bool HasAnswered(int64_t request) {
    const auto has_answered = [this, request]() {
      mutex_.AssertHeld();
      return heard_.contains(request) && !heard_[request].last.has_more;
    };
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&has_answered), absl::Milliseconds(10));
  }

  absl::Mutex mutex_;
  std::map<int64_t, Heard> heard_ ABSL_GUARDED_BY(mutex_);
  LiveQuiz quiz_;
};

TEST(LiveQuizTest, QuizzedRunHasTheBitsOfAnUnquizzedOne) {
  for (const char* model : {"mlp", "transformer"}) {
    SmallTraining alone(SmallSpec(model));
    alone.Train();
    QuizzedTraining quizzed(SmallSpec(model));
    quizzed.Train();
    EXPECT_GE(quizzed.heard().size(), 15u);
    EXPECT_EQ(alone.checkpoints_.back().label, CheckpointLabel::kLast);
    EXPECT_EQ(alone.checkpoints_.back().sha256, quizzed.training_.checkpoints_.back().sha256);
    for (const auto& [step, evaluation] : alone.evaluations_) {
      EXPECT_EQ(evaluation.validation_loss,
                quizzed.training_.evaluations_.at(step).validation_loss);
    }
  }
}

TEST(LiveQuizTest, AnswersAreThoseOfTheStepTheyName) {
  QuizzedTraining quizzed(SmallSpec());
  quizzed.Train();
  int checked = 0;
  for (const auto& [request, heard] : quizzed.heard()) {
    const auto evaluation = quizzed.training_.evaluations_.find(heard.last.step);
    if (heard.last.has_more || heard.answers.empty()) continue;
    if (evaluation == quizzed.training_.evaluations_.end()) continue;
    EXPECT_EQ(heard.right(), std::llround(evaluation->second.validation_accuracy *
                                          static_cast<double>(heard.answers.size())));
    ++checked;
  }
  EXPECT_GE(checked, 10);
}

TEST(LiveQuizTest, CancelledRequestsAreAnsweredWithThatAlone) {
  QuizzedTraining quizzed(SmallSpec());
  quizzed.Train();
  for (const auto& [request, heard] : quizzed.heard()) {
    if (request % 10 != 9) continue;
    EXPECT_TRUE(absl::IsCancelled(heard.last.error));
    EXPECT_TRUE(heard.answers.empty());
  }
}

}  // namespace
}  // namespace powerdown
