#include "server/runner/runner.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/descriptor.h"
#include "common/platform/find_program.h"
#include "common/platform/monotonic.h"
#include "common/platform/this_machine.h"
#include "common/run/worker_limits.h"
#include "server/runner/attached_process.h"
#include "server/runner/command_environment.h"
#include "server/runner/command_process.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// Of a program's output at a time: then others get their turn.
constexpr size_t kMostReadAtOnce = 1 << 20;

int NumberOf(StopSignal signal) {
  switch (signal) {
    case StopSignal::kTerm:
      return SIGTERM;
    case StopSignal::kInt:
      return SIGINT;
    case StopSignal::kUsr1:
      return SIGUSR1;
  }
  return SIGTERM;
}

std::string DescribeEnd(const ProcessEnd& end) {
  if (end.was_killed) return Concat("the command was killed by signal ", end.number);
  return Concat("the command exited with status ", end.number);
}

}  // namespace

Runner::Runner(int input, int output)
    : input_(input), output_(output), lines_(kLongestWorkerCommand) {
  SetNonBlocking(input_);
  SetNonBlocking(output_);
}

Runner::~Runner() = default;

void Runner::Run() {
  HelloLine hello;
  hello.boot_id = BootId();
  hello.engine = Concat("powerdown-runner ", POWERDOWN_VERSION);
  Say(hello);
  while (!is_done_) Turn();
  while (has_reader_ && !unread_.empty()) Wait();
}

void Runner::Turn() {
  Wait();
  ReadCommands();
  if (is_done_) return;
  if (!process_) {
    if (!has_input_) is_done_ = true;  // the daemon left before it said what to start
    return;
  }
  ReadOutput();
  process_->Look();
  if (process_->has_ended()) return Conclude();
  ReadReports(/*is_last=*/false);
  const int64_t limit = start_->command->time_limit_seconds;
  if (limit > 0 && MonotonicTime() - started_at_ >= absl::Seconds(limit)) End(Ending::kTimeLimit);
  if (!has_input_ && start_->attached) return Conclude();  // its user's, who waits for it
  if (!has_input_) End(Ending::kLeash);
  PressOn();
}

void Runner::Wait() {
  const auto of = [&](bool is_open, const Descriptor* (ProgramProcesses::*which)() const) {
    const Descriptor* const found = process_ && is_open ? ((*process_).*which)() : nullptr;
    return found == nullptr ? -1 : found->number();
  };
  pollfd ends[4] = {{has_input_ ? input_ : -1, POLLIN, 0},
                    {unread_.empty() || !has_reader_ ? -1 : output_, POLLOUT, 0},
                    {of(has_output_, &ProgramProcesses::output), POLLIN, 0},
                    {of(has_errors_, &ProgramProcesses::errors), POLLIN, 0}};
  poll(ends, 4, static_cast<int>(absl::ToInt64Milliseconds(kRunnerRound)));
  WriteLines();
}

void Runner::ReadCommands() {
  char piece[65536];
  while (has_input_) {
    const ssize_t count = read(input_, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      has_input_ = false;
      return;
    }
    for (const std::string& line : lines_.Push({piece, static_cast<size_t>(count)})) {
      const absl::StatusOr<WorkerCommand> command = ParseCommand(line);
      if (command.ok()) {
        Take(*command);
      } else {
        Note(Concat("ignored a command that could not be parsed: ",
                    StdView(command.status().message())));
      }
    }
  }
}

void Runner::Take(const WorkerCommand& command) {
  if (const auto* start = std::get_if<StartCommand>(&command)) {
    if (start_) return;
    const absl::Status started = Start(*start);
    if (!started.ok()) Fail(started);
    return;
  }
  if (!process_ || is_done_) return;
  if (const auto* hold = std::get_if<HoldCommand>(&command)) Hold(hold->is_held);
  if (const auto* energy = std::get_if<EnergyCommand>(&command)) {
    const absl::Time time = absl::Now() - (MonotonicTime() - energy->monotonic);
    channel_->PutEnergy({time, energy->joules.value(), energy->low.value(), energy->high.value()})
        .IgnoreError();  // the program reads the last one again
  }
  const auto* end = std::get_if<EndCommand>(&command);
  if (end == nullptr) return;
  switch (end->reason) {
    case EndRequest::kPause:
      return End(Ending::kPause);
    case EndRequest::kShutdown:
      if (start_->attached) return Conclude();
      return End(Ending::kLeash);
    case EndRequest::kStop:
      return End(Ending::kStop);
    case EndRequest::kCancel:
      return End(Ending::kCancel);
  }
}

absl::Status Runner::Start(const StartCommand& start) {
  start_ = start;
  if (!start.command) return absl::InvalidArgumentError("the first command starts no command");
  const CommandSpec& command = *start.command;
  ASSIGN_OR_RETURN(judge_,
                   ReportJudge::Create(start, [this](const WorkerLine& line) { Say(line); }));
  if (start.attached) {
    ASSIGN_OR_RETURN(channel_, ProgramChannel::Join(start.attached->folder));
  } else {
    RETURN_IF_ERROR(CheckFolder(command.directory));
    ASSIGN_OR_RETURN(channel_, ProgramChannel::Open());
  }
  std::vector<std::string> sources = command.reports;
  sources.push_back(Concat("channel:", channel_->reports_file()));
  std::optional<bool> is_percent;
  if (!command.accuracies.empty()) is_percent = command.accuracies == "percent";
  for (const std::string& source : sources) {
    if (start.attached && source.starts_with("stdout:")) {
      return absl::InvalidArgumentError(
          "reports: stdout is the terminal's under powerdown exec; allowed: csv, jsonl, "
          "tensorboard");
    }
    ASSIGN_OR_RETURN(auto opened,
                     OpenReportSource({source, command.columns, command.directory, is_percent}));
    sources_.push_back(std::move(opened));
  }
  if (start.attached) {
    ASSIGN_OR_RETURN(process_, AttachedProcess::Open(*start.attached, channel_.get()));
  } else {
    RETURN_IF_ERROR(StartProgram(start));
  }
  started_at_ = MonotonicTime();
  StartedLine started;
  started.device = "any";
  started.hardware = ProcessorName();
  Say(started);
  return absl::OkStatus();
}

absl::Status Runner::StartProgram(const StartCommand& start) {
  const CommandSpec& command = *start.command;
  std::vector<std::string> ours = channel_->Variables();
  ours.push_back(Concat("POWERDOWN_RUN=", start.run_id));
  ours.push_back(Concat("POWERDOWN_ATTEMPT=", start.attempt));
  ours.push_back(Concat("PWD=", command.directory));
  const std::vector<std::string> environment = CommandEnvironment(start.environment, ours);
  std::vector<std::string> words = command.words;
  ASSIGN_OR_RETURN(words[0], FindProgram(words[0], environment, command.directory));
  RETURN_IF_ERROR(BecomeSubreaper());
  ASSIGN_OR_RETURN(process_, CommandProcess::Start(words, command.directory, environment));
  return absl::OkStatus();
}

void Runner::Fail(const absl::Status& why) {
  spdlog::error("{}", std::string(why.message()));
  Say(EndedLine{.outcome = AttemptOutcome::kFailed, .reason = std::string(why.message())});
  is_done_ = true;
}

void Runner::Hold(bool is_held) {
  if (ending_ != Ending::kNone) return;  // who is to end must be able to
  is_held_ = is_held;
  process_->TellAll(is_held ? SIGSTOP : SIGCONT);
}

void Runner::End(Ending ending) {
  if (ending <= ending_) return;
  if (is_held_) {
    process_->TellAll(SIGCONT);
    is_held_ = false;
  }
  ending_ = ending;
  signals_ = 0;
  // The program's own way first, where a rule stops it and nobody is in a hurry.
  const bool has_time = ending == Ending::kRule;
  channel_->AskToStop().IgnoreError();  // the signal is next
  const absl::Duration grace = absl::Seconds(start_->command->stop_grace_seconds);
  next_at_ = MonotonicTime() + (has_time ? grace : absl::ZeroDuration());
}

// The stop signal; after the grace SIGKILL, where the run's user asked for it, gave the run up, or
// nobody will be there to see to it. Else the program takes the time that it takes, and what it
// left behind when it ended is told again after each grace.
void Runner::PressOn() {
  if (ending_ == Ending::kNone && judge_->stop()) {
    rule_reason_ = *judge_->stop();
    End(Ending::kRule);
  }
  const bool is_new_rest =
      ending_ != Ending::kNone && process_->end() && !std::exchange(has_told_rest_, true);
  if (ending_ == Ending::kNone || (MonotonicTime() < next_at_ && !is_new_rest)) return;
  const CommandSpec& command = *start_->command;
  const bool may_kill = command.kills || ending_ == Ending::kCancel || ending_ == Ending::kLeash;
  absl::Duration grace = absl::Seconds(command.stop_grace_seconds);
  if (ending_ == Ending::kLeash) grace = std::min(grace, kLeashGrace);
  if (signals_ > 0 && may_kill && !is_new_rest) {
    process_->TellAll(SIGKILL);
    next_at_ = MonotonicTime() + kRunnerRound;
    return;
  }
  if (signals_++ == 0 || process_->end()) process_->Tell(NumberOf(command.stop_signal));
  // Without a grace at least once a round.
  next_at_ = MonotonicTime() + std::max(grace, kRunnerRound);
}

void Runner::ReadOutput() {
  const auto read = [&](bool is_open, const Descriptor* from, bool is_stdout) {
    return is_open && from != nullptr && ReadSome(*from, is_stdout);
  };
  has_output_ = read(has_output_, process_->output(), /*is_stdout=*/true);
  has_errors_ = read(has_errors_, process_->errors(), /*is_stdout=*/false);
}

bool Runner::ReadSome(const Descriptor& from, bool is_stdout) {
  char piece[65536];
  for (size_t taken = 0; taken < kMostReadAtOnce;) {
    const ssize_t count = read(from.number(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) return false;
    taken += static_cast<size_t>(count);
    const std::string_view bytes(piece, static_cast<size_t>(count));
    const absl::Status kept = log_.Append(bytes);
    if (!kept.ok() && !std::exchange(has_log_trouble_, true)) Note(std::string(kept.message()));
    if (!is_stdout) continue;
    for (const auto& source : sources_) source->PushOutput(bytes);
  }
  return true;
}

void Runner::ReadReports(bool is_last) {
  const absl::Duration now = MonotonicTime();
  for (auto& source : sources_) {
    bool has_more = source != nullptr;
    // At the end all that there is; the program writes no more.
    while (has_more && (is_last || unread_.size() < kMostUnread)) {
      const absl::StatusOr<std::vector<ProgramReport>> reports = source->Poll();
      if (!reports.ok()) {
        Note(std::string(reports.status().message()));
        source.reset();
        break;
      }
      for (const ProgramReport& report : *reports) judge_->Take(report, now);
      if (const std::string warning = source->Warning(); !warning.empty()) Note(warning);
      has_more = is_last && !reports->empty();
    }
  }
  std::erase(sources_, nullptr);
  judge_->Flush(now, is_last);
  if (const std::string warning = judge_->Warning(); !warning.empty()) Note(warning);
}

void Runner::Conclude() {
  ReadOutput();  // nobody writes any more
  for (const auto& source : sources_) source->Finish();
  ReadReports(/*is_last=*/true);
  const EndedLine line = LineOfEnd();
  // Nothing of it is left when the daemon hears of the end.
  process_.reset();
  channel_.reset();
  Say(line);
  is_done_ = true;
}

EndedLine Runner::LineOfEnd() const {
  EndedLine line;
  line.step = judge_->step();
  const ProcessEnd end = process_->end().value_or(ProcessEnd());
  switch (ending_) {
    case Ending::kRule:
      line.outcome = AttemptOutcome::kStopped;
      line.stop_reason = rule_reason_;
      return line;
    case Ending::kStop:
      line.outcome = AttemptOutcome::kStopped;
      line.stop_reason = StopReason::kUser;
      return line;
    case Ending::kPause:
      line.outcome = AttemptOutcome::kPaused;
      return line;
    case Ending::kLeash:
      line.outcome = AttemptOutcome::kInterrupted;
      line.reason = "the daemon ended while it ran";
      return line;
    case Ending::kTimeLimit:
      line.reason =
          Concat("its time limit of ", start_->command->time_limit_seconds, " s was reached");
      return line;
    case Ending::kNone:
    case Ending::kCancel:
      break;
  }
  if (!process_->end()) {
    line.outcome = AttemptOutcome::kInterrupted;
    line.reason = "the daemon ended while it ran; the program went on unmetered";
    return line;
  }
  if (!end.was_killed && end.number == 0) {
    line.outcome = AttemptOutcome::kFinished;
  } else {
    line.reason = DescribeEnd(end);
  }
  return line;
}

void Runner::Say(const WorkerLine& line) {
  unread_ += FormatLine(line) + "\n";
  WriteLines();
}

void Runner::WriteLines() {
  while (has_reader_ && !unread_.empty()) {
    const ssize_t count = write(output_, unread_.data(), unread_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      has_reader_ = false;  // the daemon is gone
      has_input_ = false;
      return;
    }
    unread_.erase(0, static_cast<size_t>(count));
  }
}

void Runner::Note(const std::string& text) {
  spdlog::warn("{}", text);
}

}  // namespace powerdown
