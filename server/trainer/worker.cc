#include "server/trainer/worker.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/trainer/failure.h"
#include "server/trainer/quiz_session.h"
#include "server/trainer/trainer.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

absl::Duration Monotonic() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

// A daemon that no longer reads is gone: SIGPIPE ends the process.
void Say(const WorkerLine& line) {
  const std::string text = FormatLine(line) + "\n";
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(STDOUT_FILENO, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) _exit(1);
    if (count > 0) written += static_cast<size_t>(count);
  }
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  std::string name = "unknown processor";
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    name = std::string(absl::StripAsciiWhitespace(line.substr(line.find(':') + 1)));
    break;
  }
  return absl::StrCat(name, ", ", std::thread::hardware_concurrency(), " cores");
}

void SayHello() {
  HelloLine hello;
  hello.boot_id = FirstLine("/proc/sys/kernel/random/boot_id");
  hello.engine = absl::StrCat("LibTorch ", TORCH_VERSION_MAJOR, ".", TORCH_VERSION_MINOR, ".",
                              TORCH_VERSION_PATCH);
  Say(hello);
}

void SayFailure(int64_t step, const std::string& reason) {
  spdlog::error("{}", reason);
  Say(EndedLine{step, "failed", reason});
}

void AnswerLive(Trainer& trainer, const AskCommand& ask) {
  AnswersLine line;
  line.request = ask.request;
  line.step = trainer.step();
  auto answers = WithoutExceptions<absl::StatusOr<std::vector<QuizAnswer>>>(trainer.step(), [&] {
    return AnswerQuestions(trainer.model(), trainer.dataset(), ask.questions);
  });
  if (answers.ok()) {
    line.answers = *std::move(answers);
  } else {
    line.error = std::string(answers.status().message());
  }
  Say(line);
}

void SayStarted(Trainer& trainer) {
  StartedLine started;
  started.step = trainer.step();
  started.device = trainer.device();
  started.hardware = ProcessorName();
  started.parameters = trainer.model().size();
  started.train_pairs = trainer.dataset().train.size();
  started.validation_pairs = trainer.dataset().validation.size();
  Say(started);
}

// What the daemon asked for since the last step; the reason to end, if it did.
std::optional<std::string> TakeCommands(CommandInput& input, Trainer& trainer) {
  while (std::optional<WorkerCommand> command = input.Take()) {
    if (const auto* end = std::get_if<EndCommand>(&*command)) return end->reason;
    if (const auto* ask = std::get_if<AskCommand>(&*command)) AnswerLive(trainer, *ask);
  }
  if (input.has_ended()) return "shutdown";
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
      0, [&] { return Trainer::Create(std::move(*start), Say, Monotonic); });
  if (!created.ok()) {
    SayFailure(0, std::string(created.status().message()));
    return 0;
  }
  Trainer& trainer = **created;
  SayStarted(trainer);
  for (;;) {
    const int64_t step = trainer.step();
    if (const std::optional<std::string> reason = TakeCommands(input, trainer)) {
      const absl::Status ended =
          WithoutExceptions<absl::Status>(step, [&] { return trainer.End(*reason); });
      if (!ended.ok()) SayFailure(step, std::string(ended.message()));
      return 0;
    }
    const absl::StatusOr<bool> has_ended =
        WithoutExceptions<absl::StatusOr<bool>>(step, [&] { return trainer.Step(); });
    if (!has_ended.ok()) SayFailure(step, std::string(has_ended.status().message()));
    if (!has_ended.ok() || *has_ended) return 0;
  }
}

int RunQuiz(CommandInput& input) {
  SayHello();
  QuizSession session;
  torch::set_num_threads(1);
  while (std::optional<WorkerCommand> command = input.Wait()) {
    const AskCommand* ask = std::get_if<AskCommand>(&*command);
    if (ask == nullptr) continue;
    auto answers = WithoutExceptions<absl::StatusOr<QuizSession::Answers>>(
        0, [&] { return session.Ask(ask->checkpoint_file, ask->questions); });
    AnswersLine line;
    line.request = ask->request;
    if (answers.ok()) {
      line.step = answers->step;
      line.answers = std::move(answers->answers);
    } else {
      line.error = std::string(answers.status().message());
    }
    Say(line);
  }
  return 0;
}

}  // namespace powerdown
