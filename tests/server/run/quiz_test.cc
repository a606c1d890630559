#include "server/run/quiz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "common/base/status.h"
#include "tests/fakes/fake_meter.h"
#include "tests/fakes/fake_worker.h"
#include "tests/fakes/simulated_clock.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// Answers each question at once, as a worker of which every second held-out answer is right; or
// not at all.
class AnsweringWorker : public FakeWorker {
 public:
  AnsweringWorker(int64_t pid, std::shared_ptr<FakeWorkerState> state, const bool* answers,
                  absl::Notification* has_asked)
      : FakeWorker(pid, state),
        state_(std::move(state)),
        answers_(answers),
        has_asked_(has_asked) {}
  absl::Status Send(const std::string& line) override {
    RETURN_IF_ERROR(FakeWorker::Send(line));
    const AskCommand* ask = std::get_if<AskCommand>(&state_->commands.back());
    if (ask != nullptr && !has_asked_->HasBeenNotified()) has_asked_->Notify();
    if (ask == nullptr || !*answers_) return absl::OkStatus();
    AnswersLine said;
    said.request = ask->request;
    said.step = 580;
    for (int64_t i = 0; i < 4; ++i) {
      QuizAnswer& answer = said.answers.emplace_back();
      answer.held_out = i < 2;
      answer.correct = i != 1;
    }
    said.busy = absl::Milliseconds(10);
    said.session_busy = absl::Milliseconds(100);
    state_->Say(said);
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<FakeWorkerState> state_;
  const bool* const answers_;
  absl::Notification* const has_asked_;
};

class AnsweringLauncher : public WorkerLauncher {
 public:
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder& order,
                                                 WorkerObserver* observer) override {
    auto state = std::make_shared<FakeWorkerState>();
    state->order = order;
    state->observer = observer;
    workers_.push_back(state);
    return std::make_unique<AnsweringWorker>(static_cast<int64_t>(workers_.size()), state,
                                             &answers_, &has_asked_);
  }
  absl::StatusOr<std::vector<std::string>> Devices() override {
    return std::vector<std::string>{"cpu"};
  }
  std::vector<std::shared_ptr<FakeWorkerState>> workers_;
  bool answers_ = true;
  absl::Notification has_asked_;
};

class QuizTest : public ::testing::Test {
 protected:
  QuizTest() {
    powerdown::Run run;
    run.run_id = "01run";
    run.state = RunState::kStopped;
    run.checkpoints = {
        {.checkpoint_id = "01ca",
         .step = 50,
         .label = CheckpointLabel::kMemorised,
         .kind = CheckpointKind::kFull,
         .sha256 = "abc",
         .file = "runs/01run/1/m.ckpt"},
        {.checkpoint_id = "01cb", .step = 60, .kind = CheckpointKind::kFull, .file = "gone.ckpt"},
        {.checkpoint_id = "01cc",
         .step = 580,
         .label = CheckpointLabel::kGrokked,
         .kind = CheckpointKind::kWeights}};
    EXPECT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
  }
  absl::StatusOr<QuizResult> Ask(const std::string& at, std::vector<std::string> questions = {},
                                 absl::Duration deadline = absl::Seconds(30)) {
    slot_ = std::make_shared<AnswerSlot>();
    return quiz_.Ask(
        {.run_id = "01run", .at = at, .questions = std::move(questions), .deadline = deadline},
        slot_);
  }
  const AskCommand& LastAsk(size_t worker = 0) {
    return std::get<AskCommand>(launcher_.workers_.at(worker)->commands.back());
  }
  // The daemon's loop: the sampler's tick, then the quiz's.
  void Tick(absl::Duration later) {
    const Instant now = clock_.Advance(later);
    sampler_.Tick(now);
    quiz_.Tick(now);
  }
  static std::vector<std::unique_ptr<PowerMeter>> Meters() {
    std::vector<std::unique_ptr<PowerMeter>> meters;
    meters.push_back(std::make_unique<FakePowerMeter>("cpu"));
    return meters;
  }

  SimulatedClock clock_;
  IdGenerator ids_{1};
  Feed feed_;
  FakeActivity::Box box_;
  std::unique_ptr<Store> store_ = *Store::Open({.path = ":memory:"});
  Sampler sampler_{{}, Meters(), std::make_unique<FakeActivity>(&box_)};
  AnsweringLauncher launcher_;
  RunQueue queue_{{}, &clock_, &ids_, store_.get(), &sampler_, &feed_, &launcher_};
  Quiz quiz_{"/state", {store_.get(), &queue_, &sampler_, &clock_, &launcher_}};
  std::shared_ptr<AnswerSlot> slot_;
};

TEST_F(QuizTest, ScoreIsOverHeldOutQuestionsOnly) {
  const auto result = Ask("grokked");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->questions.size(), 4u);
  EXPECT_EQ(result->score, 0.5);
  EXPECT_EQ(result->label, CheckpointLabel::kGrokked);
  EXPECT_EQ(result->checkpoint, "01cc");
}

TEST_F(QuizTest, WorkerIsToldFileAndHash) {
  ASSERT_TRUE(Ask("memorised", {"1 + 2"}).ok());
  EXPECT_TRUE(launcher_.workers_[0]->order.is_quiz);
  EXPECT_EQ(LastAsk().checkpoint_file, "/state/runs/01run/1/m.ckpt");
  EXPECT_EQ(LastAsk().sha256, "abc");
  EXPECT_THAT(LastAsk().questions, ::testing::ElementsAre("1 + 2"));
}

TEST_F(QuizTest, JoulesAreUnknownUntilTheMeterWasRead) {
  EXPECT_FALSE(Ask("grokked")->energy.has_value());
  box_.Use(1, absl::Milliseconds(500));
  Tick(absl::Seconds(1));
  box_.Use(1, absl::Milliseconds(500));
  Tick(absl::Seconds(1));
  // 100 W for a second, all of it this worker's; of its time the answer took a tenth.
  const auto energy = Ask("grokked")->energy;
  ASSERT_TRUE(energy.has_value());
  EXPECT_NEAR(energy->value(), 10, 1e-6);
}

TEST_F(QuizTest, BadRequestsStartNoWorker) {
  EXPECT_TRUE(absl::IsNotFound(Ask("nowhere").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Ask("grokked", std::vector<std::string>(Quiz::kMostTyped + 1, "1 + 1")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Ask("grokked", {std::string(Quiz::kMostTypedBytes + 1, '1')}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      quiz_.Ask({.run_id = "01run", .at = "grokked", .count = 0}, slot_).status()));
  EXPECT_TRUE(launcher_.workers_.empty());
}

TEST_F(QuizTest, OneWarmWorkerServesAllAndEndsAMinuteAfterTheLastQuestion) {
  ASSERT_TRUE(Ask("grokked").ok());
  Tick(absl::Seconds(50));
  ASSERT_TRUE(Ask("memorised").ok());
  EXPECT_EQ(launcher_.workers_.size(), 1u);
  Tick(absl::Seconds(59));
  EXPECT_FALSE(launcher_.workers_[0]->was_killed);
  Tick(absl::Seconds(2));
  EXPECT_TRUE(launcher_.workers_[0]->was_killed);
  Tick(absl::Milliseconds(200));
  ASSERT_TRUE(Ask("grokked").ok());
  EXPECT_EQ(launcher_.workers_.size(), 2u);
}

TEST_F(QuizTest, DeadlineAndCancellationTellTheWorkerToStop) {
  launcher_.answers_ = false;
  EXPECT_TRUE(absl::IsDeadlineExceeded(Ask("grokked", {}, absl::ZeroDuration()).status()));
  const auto& commands = launcher_.workers_[0]->commands;
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(std::get<CancelAskCommand>(commands[1]).request,
            std::get<AskCommand>(commands[0]).request);
  auto slot = std::make_shared<AnswerSlot>();
  slot->Cancel();
  EXPECT_TRUE(absl::IsCancelled(quiz_.Ask({.run_id = "01run", .at = "grokked"}, slot).status()));
  EXPECT_EQ(commands.size(), 4u);
}

TEST_F(QuizTest, SilentWorkerIsKilledAndReplaced) {
  launcher_.answers_ = false;
  EXPECT_FALSE(Ask("grokked", {}, absl::ZeroDuration()).ok());
  Tick(absl::Seconds(61));
  EXPECT_TRUE(launcher_.workers_[0]->was_killed);
  launcher_.answers_ = true;
  EXPECT_TRUE(Ask("grokked").ok());
  EXPECT_EQ(launcher_.workers_.size(), 2u);
}

TEST_F(QuizTest, DeathOfTheWorkerFailsItsQuestionsAndTheNextStartsAnother) {
  launcher_.answers_ = false;
  absl::Status status;
  std::thread asker([&] { status = Ask("grokked").status(); });
  launcher_.has_asked_.WaitForNotification();
  launcher_.workers_[0]->Exit(true, "killed by signal 9");
  asker.join();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("killed by signal 9"));
  launcher_.answers_ = true;
  EXPECT_TRUE(Ask("grokked").ok());
}

TEST_F(QuizTest, ClosedQuizAnswersNobody) {
  quiz_.Close();
  EXPECT_TRUE(absl::IsUnavailable(Ask("grokked").status()));
}

}  // namespace
}  // namespace powerdown
