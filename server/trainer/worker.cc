#include "server/trainer/worker.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "common/platform/monotonic.h"
#include "common/platform/this_machine.h"
#include "server/trainer/card_uuid.h"
#include "server/trainer/live_quiz.h"
#include "server/trainer/network/failure.h"
#include "server/trainer/network/library.h"
#include "server/trainer/quiz_session.h"
#include "server/trainer/trainer.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// A daemon that no longer reads is gone: SIGPIPE ends the process. Lines of several threads stay
// whole.
void Say(const WorkerLine& line) {
  static absl::Mutex& mutex = *new absl::Mutex();
  const std::string text = FormatLine(line) + "\n";
  absl::MutexLock lock(&mutex);
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(STDOUT_FILENO, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) written += static_cast<size_t>(count);
  }
}

void SayHello() {
  HelloLine hello;
  hello.boot_id = BootId();
  hello.engine = LibraryName();
  Say(hello);
}

void SayFailure(int64_t step, const std::string& reason,
                AttemptOutcome outcome = AttemptOutcome::kFailed) {
  spdlog::error("{}", reason);
  Say(EndedLine{.step = step, .outcome = outcome, .reason = reason});
}

void SayFailure(const Trainer& trainer, int64_t step, const absl::Status& error) {
  SayFailure(step, std::string(error.message()),
             trainer.is_box_trouble() ? AttemptOutcome::kInterrupted : AttemptOutcome::kFailed);
}

void SayStarted(Trainer& trainer) {
  StartedLine started;
  started.step = trainer.step();
  started.device = trainer.device();
  const std::string card = CardNameOf(trainer.device());
  started.hardware = card.empty() ? ProcessorName() : card;
  started.gpu_uuid = UuidOfDevice(trainer.device());
  started.parameters = trainer.training().size();
  started.train_pairs = trainer.dataset().train.size();
  started.validation_pairs = trainer.dataset().validation.size();
  Say(started);
}

// Serves what the daemon asked for since the last step. Nullopt: nobody asked the run to end.
std::optional<EndRequest> TakeCommands(CommandInput& input, Trainer& trainer, LiveQuiz& quiz) {
  while (std::optional<WorkerCommand> command = input.Take()) {
    if (const auto* end = std::get_if<EndCommand>(&*command)) return end->reason;
    if (auto* ask = std::get_if<AskCommand>(&*command)) quiz.Take(std::move(*ask));
  }
  quiz.Serve(trainer.step(), trainer.training());
  if (input.has_ended()) return EndRequest::kShutdown;
  return std::nullopt;
}

}  // namespace

int RunTraining(CommandInput& input) {
  SayHello();
  std::optional<WorkerCommand> first = input.Wait();
  if (!first) return 0;
  StartCommand* start = std::get_if<StartCommand>(&*first);
  if (start == nullptr) {
    SayFailure(0, "the first command was not start");
    return 0;
  }
  auto created = WithoutExceptions<absl::StatusOr<std::unique_ptr<Trainer>>>(
      0, [&] { return Trainer::Create(std::move(*start), Say, MonotonicTime); });
  if (!created.ok()) {
    SayFailure(0, std::string(created.status().message()));
    return 0;
  }
  Trainer& trainer = **created;
  SayStarted(trainer);
  LiveQuiz quiz(
      trainer.spec(), trainer.dataset(),
      [&](int64_t request) { return input.IsCancelled(request); },
      [](AnswersLine line) { Say(line); });
  for (;;) {
    const int64_t step = trainer.step();
    if (const std::optional<EndRequest> request = TakeCommands(input, trainer, quiz)) {
      const absl::Status ended =
          WithoutExceptions<absl::Status>(step, [&] { return trainer.End(*request); });
      if (!ended.ok()) SayFailure(trainer, step, ended);
      return 0;
    }
    const absl::StatusOr<bool> has_ended =
        WithoutExceptions<absl::StatusOr<bool>>(step, [&] { return trainer.Step(); });
    if (!has_ended.ok()) SayFailure(trainer, step, has_ended.status());
    if (!has_ended.ok() || *has_ended) return 0;
  }
}

int RunQuiz(CommandInput& input) {
  SayHello();
  QuizSession session;
  SetThreads(1);
  FlushDenormals();  // as in training
  while (std::optional<WorkerCommand> command = input.Wait()) {
    const AskCommand* ask = std::get_if<AskCommand>(&*command);
    if (ask == nullptr) continue;
    const auto is_cancelled = [&] { return input.has_ended() || input.IsCancelled(ask->request); };
    const auto answered = WithoutExceptions<absl::Status>(0, [&] {
      session.Answer(*ask, is_cancelled, [](AnswersLine line) { Say(line); });
      return absl::OkStatus();
    });
    if (answered.ok()) continue;
    AnswersLine failure;
    failure.request = ask->request;
    failure.error = answered;
    Say(failure);
  }
  return 0;
}

}  // namespace powerdown
