#include "server/run/quiz.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

constexpr absl::Duration kKeptWarm = absl::Minutes(1);
constexpr absl::Duration kLongestSilence = absl::Minutes(1);
constexpr char kDesk[] = "quiz";
// The wire's limit of 4 MiB a message, at most 10 bytes a cell.
constexpr int64_t kMostGridSymbols = 600;

struct Score {
  int64_t asked = 0;
  int64_t right = 0;
  void Count(bool is_right) {
    ++asked;
    right += is_right ? 1 : 0;
  }
  std::optional<double> share() const {
    if (asked == 0) return std::nullopt;
    return static_cast<double>(right) / static_cast<double>(asked);
  }
};

std::optional<double> HeldOutScore(const std::vector<QuizAnswer>& answers) {
  Score score;
  for (const QuizAnswer& answer : answers) {
    if (answer.held_out) score.Count(answer.correct);
  }
  return score.share();
}

std::optional<double> ScoreOf(const AnswerGrid& grid, AnswerGrid::Origin origin) {
  Score score;
  for (size_t cell = 0; cell < grid.origins.size(); ++cell) {
    if (grid.origins[cell] == origin) score.Count(grid.answers[cell] == grid.expected[cell]);
  }
  return score.share();
}

absl::Status CheckQuestions(const QuizRequest& request) {
  if (request.questions.empty()) {
    if (request.count >= 1 && request.count <= Quiz::kMostDrawn) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "count: ", request.count, " is out of range; allowed: 1 to ", Quiz::kMostDrawn));
  }
  size_t bytes = 0;
  for (const std::string& question : request.questions) bytes += question.size();
  if (request.questions.size() > Quiz::kMostTyped || bytes > Quiz::kMostTypedBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("questions: ", request.questions.size(), " of ", bytes,
                     " bytes together are too many; allowed: ", Quiz::kMostTyped, " of ",
                     Quiz::kMostTypedBytes, " bytes"));
  }
  return absl::OkStatus();
}

// A run's periodic checkpoints replace each other: only the newest of them has a file.
void ForgetReplaced(Run& run, const std::string& state_dir) {
  std::erase_if(run.checkpoints, [&](const Checkpoint& checkpoint) {
    std::error_code ignored;
    return checkpoint.label == CheckpointLabel::kNone && checkpoint.kind == CheckpointKind::kFull &&
           !std::filesystem::exists(absl::StrCat(state_dir, "/", checkpoint.file), ignored);
  });
}

absl::Status OfCheckpoint(const Checkpoint& checkpoint, const absl::Status& status) {
  if (!absl::IsDataLoss(status) && !absl::IsNotFound(status)) return status;
  return absl::Status(
      status.code(), absl::StrCat("checkpoint ", checkpoint.checkpoint_id, ": ", status.message()));
}

}  // namespace

Quiz::Quiz(const std::string& state_dir, const Parts& parts)
    : state_dir_(state_dir), parts_(parts) {}

Quiz::~Quiz() {
  std::shared_ptr<Worker> worker;
  {
    absl::MutexLock lock(&mutex_);
    worker = std::move(worker_);
  }
}

absl::StatusOr<QuizResult> Quiz::Ask(const QuizRequest& request, std::shared_ptr<AnswerSlot> slot) {
  RETURN_IF_ERROR(CheckQuestions(request));
  AskCommand command;
  command.questions = request.questions;
  command.count = request.count;
  command.seed = request.seed;
  ASSIGN_OR_RETURN(Answered answered,
                   Answer(request.run_id, request.at, std::move(command), request.deadline, slot));
  QuizResult result;
  result.run_id = answered.run.run_id;
  result.at_step = answered.sheet.last.step;
  result.checkpoint = answered.checkpoint.checkpoint_id;
  result.label = answered.checkpoint.label;
  result.questions = std::move(answered.sheet.answers);
  result.score = HeldOutScore(result.questions);
  result.energy = answered.energy;
  return result;
}

absl::StatusOr<AnswerGrid> Quiz::GetGrid(const GridRequest& request,
                                         std::shared_ptr<AnswerSlot> slot) {
  AskCommand command;
  command.is_grid = true;
  ASSIGN_OR_RETURN(Answered answered,
                   Answer(request.run_id, request.at, std::move(command), request.deadline, slot));
  AnswerGrid grid = std::move(answered.sheet.grid);
  grid.run_id = answered.run.run_id;
  grid.at_step = answered.sheet.last.step;
  grid.checkpoint = answered.checkpoint.checkpoint_id;
  grid.label = answered.checkpoint.label;
  grid.score = ScoreOf(grid, AnswerGrid::Origin::kHeldOut);
  grid.trained_score = ScoreOf(grid, AnswerGrid::Origin::kTrained);
  grid.energy = answered.energy;
  return grid;
}

absl::StatusOr<Quiz::Answered> Quiz::Answer(const std::string& run_id, const std::string& at,
                                            AskCommand command, absl::Duration deadline,
                                            const std::shared_ptr<AnswerSlot>& slot) {
  Answered answered;
  ASSIGN_OR_RETURN(const std::string id, parts_.store->runs().ResolveId(run_id));
  ASSIGN_OR_RETURN(answered.run, parts_.store->runs().Get(id));
  if (answered.run.command) {
    return absl::FailedPreconditionError(absl::StrCat(
        "run ", id, " is a command: only a network that PowerDown trains can be asked"));
  }
  if (command.is_grid && answered.run.spec.modulus > kMostGridSymbols) {
    return absl::InvalidArgumentError(absl::StrCat("grid: modulus ", answered.run.spec.modulus,
                                                   " is too large; allowed: at most ",
                                                   kMostGridSymbols));
  }
  if (at == "latest") {
    absl::StatusOr<AnswerSlot::Sheet> sheet = AskLive(id, command, deadline, slot);
    if (sheet.ok()) {
      answered.sheet = *std::move(sheet);
      return answered;
    }
    // Not in training, or no longer: then its latest checkpoint is its latest model.
    const bool has_ended = absl::IsFailedPrecondition(sheet.status()) ||
                           (absl::IsAborted(sheet.status()) && slot->Reopen());
    if (!has_ended) return sheet.status();
    ASSIGN_OR_RETURN(answered.run, parts_.store->runs().Get(id));
  }
  ForgetReplaced(answered.run, state_dir_);
  ASSIGN_OR_RETURN(answered.checkpoint, FindCheckpoint(answered.run, at));
  command.checkpoint_file = absl::StrCat(state_dir_, "/", answered.checkpoint.file);
  command.sha256 = answered.checkpoint.sha256;
  absl::StatusOr<AnswerSlot::Sheet> sheet = AskWorker(std::move(command), deadline, slot);
  if (!sheet.ok()) return OfCheckpoint(answered.checkpoint, sheet.status());
  answered.sheet = *std::move(sheet);
  answered.energy = EnergyOf(answered.sheet.last);
  return answered;
}

absl::StatusOr<AnswerSlot::Sheet> Quiz::AskLive(const std::string& run_id,
                                                const AskCommand& command, absl::Duration deadline,
                                                const std::shared_ptr<AnswerSlot>& slot) {
  LiveModels& live = parts_.queue->live();
  ASSIGN_OR_RETURN(const int64_t request, live.Ask(run_id, command, slot));
  absl::StatusOr<AnswerSlot::Sheet> sheet = slot->Await(deadline);
  if (absl::IsCancelled(sheet.status()) || absl::IsDeadlineExceeded(sheet.status())) {
    live.Cancel(run_id, request);
  }
  return sheet;
}

absl::Status Quiz::EnsureWorker() {
  absl::MutexLock start(&start_mutex_);
  std::shared_ptr<Worker> dead;
  std::string consumer;
  {
    absl::MutexLock lock(&mutex_);
    if (is_closed_) return absl::UnavailableError("the daemon is shutting down");
    if (worker_ != nullptr && !has_exited_) return absl::OkStatus();
    dead = std::move(worker_);
    consumer = std::exchange(consumer_, "");
    has_exited_ = false;
  }
  if (!consumer.empty()) parts_.sampler->RemoveConsumer(consumer);
  dead.reset();
  WorkerOrder order;
  order.log_file = absl::StrCat(state_dir_, "/quiz.log");
  order.is_quiz = true;
  ASSIGN_OR_RETURN(std::unique_ptr<Worker> worker, parts_.launcher->Launch(order, this));
  const Instant now = parts_.clock->Now();
  consumer = QuizConsumer(absl::ToUnixMicros(now.wall));
  parts_.sampler->AddConsumer(consumer, worker->pid(), now);
  absl::MutexLock lock(&mutex_);
  worker_ = std::move(worker);
  consumer_ = std::move(consumer);
  last_used_ = last_heard_ = now.monotonic;
  return absl::OkStatus();
}

absl::StatusOr<AnswerSlot::Sheet> Quiz::AskWorker(AskCommand command, absl::Duration deadline,
                                                  const std::shared_ptr<AnswerSlot>& slot) {
  RETURN_IF_ERROR(EnsureWorker());
  const absl::Duration asked_at = parts_.clock->Now().monotonic;
  std::shared_ptr<Worker> worker;
  {
    absl::MutexLock lock(&mutex_);
    if (worker_ == nullptr) return absl::UnavailableError("the quiz worker ended; ask again");
    if (desk_.owed(kDesk) == 0) last_heard_ = asked_at;
    last_used_ = asked_at;
    ASSIGN_OR_RETURN(command, desk_.Open(kDesk, std::move(command), slot));
    worker = worker_;
  }
  const absl::Status sent = worker->Send(FormatCommand(WorkerCommand(command)));
  if (!sent.ok()) desk_.FailAll(kDesk, sent);
  absl::StatusOr<AnswerSlot::Sheet> sheet = slot->Await(deadline);
  if (absl::IsCancelled(sheet.status()) || absl::IsDeadlineExceeded(sheet.status())) {
    // A worker that cannot be told is ending.
    worker->Send(FormatCommand(WorkerCommand(CancelAskCommand{command.request}))).IgnoreError();
  }
  return sheet;
}

// The session's energy so far, by this request's share of the processor time that it took. Before
// the first reading of the meter it is not known.
std::optional<Joules> Quiz::EnergyOf(const AnswersLine& line) {
  if (line.busy <= absl::ZeroDuration() || line.session_busy < line.busy) return std::nullopt;
  const Instant now = parts_.clock->Now();
  absl::MutexLock lock(&mutex_);
  const auto standing = parts_.sampler->StandingAt(consumer_, now.monotonic);
  if (!standing || standing->energy.value() <= 0) return std::nullopt;
  return standing->energy * absl::FDivDuration(line.busy, line.session_busy);
}

void Quiz::OnLine(const std::string& line) {
  absl::StatusOr<WorkerLine> parsed = ParseLine(line);
  const absl::Duration now = parts_.clock->Now().monotonic;
  {
    absl::MutexLock lock(&mutex_);
    last_heard_ = now;
  }
  if (!parsed.ok()) {
    spdlog::warn("the quiz worker printed a line that could not be parsed: {}",
                 std::string(parsed.status().message()));
    return;
  }
  if (auto* answers = std::get_if<AnswersLine>(&*parsed)) desk_.Deliver(std::move(*answers));
}

void Quiz::OnExit(const WorkerExit& exit) {
  {
    absl::MutexLock lock(&mutex_);
    has_exited_ = true;
  }
  desk_.FailAll(kDesk, absl::UnavailableError(absl::StrCat("the quiz worker ", exit.description,
                                                           "; ask again to start another")));
}

void Quiz::Close() {
  std::shared_ptr<Worker> worker;  // told without mutex_, which its OnExit takes
  {
    absl::MutexLock lock(&mutex_);
    is_closed_ = true;
    worker = worker_;
  }
  if (worker != nullptr) worker->Kill();
}

bool Quiz::MustEnd(Instant now) const {
  if (desk_.owed(kDesk) == 0) return now.monotonic - last_used_ >= kKeptWarm;
  return now.monotonic - last_heard_ >= kLongestSilence;
}

void Quiz::Tick(Instant now) {
  absl::MutexLock start(&start_mutex_);
  std::shared_ptr<Worker> silent;  // both told and reaped without mutex_, which OnExit takes
  std::shared_ptr<Worker> ended;
  std::string consumer;
  {
    absl::MutexLock lock(&mutex_);
    if (worker_ == nullptr) return;
    if (has_exited_) {
      ended = std::move(worker_);
      consumer = std::exchange(consumer_, "");
      has_exited_ = false;
    } else if (MustEnd(now)) {
      silent = worker_;
    }
  }
  // What it used until its end is booked by the next tick, and only then is it reaped.
  if (silent != nullptr) silent->Kill();
  if (ended != nullptr) parts_.sampler->RemoveConsumer(consumer);
}

}  // namespace powerdown
