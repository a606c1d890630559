#include "server/run/quiz.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status.h"
#include "common/task.h"

namespace powerdown {
namespace {

constexpr absl::Duration kKeptWarm = absl::Minutes(1);
constexpr int64_t kMostQuestions = 100000;

// `count` held-out rows without replacement, by a Fisher-Yates shuffle whose output is the same on
// every machine.
std::vector<int32_t> DrawHeldOut(const Split& split, int64_t count, uint64_t seed) {
  std::vector<int32_t> rows = split.validation;
  std::mt19937_64 random(seed);
  const size_t drawn = std::min(rows.size(), static_cast<size_t>(count));
  for (size_t i = 0; i < drawn; ++i) std::swap(rows[i], rows[i + random() % (rows.size() - i)]);
  rows.resize(drawn);
  return rows;
}

absl::StatusOr<std::vector<std::vector<int32_t>>> QuestionsOf(const QuizRequest& request,
                                                              const RunSpec& spec) {
  ASSIGN_OR_RETURN(const TaskTable table, MakeTask(spec));
  std::vector<std::vector<int32_t>> questions;
  for (const std::string& text : request.questions) {
    ASSIGN_OR_RETURN(std::vector<int32_t> question, ParseQuestion(table, text));
    questions.push_back(std::move(question));
  }
  if (!questions.empty()) return questions;
  if (request.count < 1 || request.count > kMostQuestions) {
    return absl::InvalidArgumentError(
        absl::StrCat("count: ", request.count, " is out of range; allowed: 1 to ", kMostQuestions));
  }
  for (const int32_t row : DrawHeldOut(MakeSplit(table, spec), request.count, request.seed)) {
    const auto first = table.questions.begin() + row * table.operands;
    questions.emplace_back(first, first + table.operands);
  }
  return questions;
}

std::optional<double> HeldOutScore(const std::vector<QuizAnswer>& answers) {
  int64_t asked = 0;
  int64_t right = 0;
  for (const QuizAnswer& answer : answers) {
    if (!answer.held_out) continue;
    ++asked;
    if (answer.correct) ++right;
  }
  if (asked == 0) return std::nullopt;
  return static_cast<double>(right) / static_cast<double>(asked);
}

}  // namespace

absl::StatusOr<Checkpoint> FindCheckpoint(const Run& run, const std::string& at) {
  const Checkpoint* found = nullptr;
  int64_t step = 0;
  const bool is_step = absl::SimpleAtoi(at, &step);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    const bool matches =
        at == "latest" ? found == nullptr || checkpoint.step >= found->step
        : is_step ? checkpoint.step <= step && (found == nullptr || checkpoint.step >= found->step)
                  : checkpoint.label == at || checkpoint.checkpoint_id == at;
    if (matches) found = &checkpoint;
  }
  if (found != nullptr) return *found;
  std::set<std::string> known;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    known.insert(checkpoint.label.empty() ? absl::StrCat("step ", checkpoint.step)
                                          : checkpoint.label);
  }
  return absl::NotFoundError(absl::StrCat("run ", run.run_id, " has no checkpoint \"", at,
                                          "\"; it has ",
                                          known.empty() ? "none yet" : absl::StrJoin(known, ", ")));
}

Quiz::Quiz(const std::string& state_dir, RunQueue* queue, Clock* clock, WorkerLauncher* launcher)
    : state_dir_(state_dir), queue_(queue), clock_(clock), launcher_(launcher) {}

Quiz::~Quiz() {
  std::unique_ptr<Worker> worker;
  {
    absl::MutexLock lock(&mutex_);
    worker = std::move(worker_);
  }
}

absl::StatusOr<QuizResult> Quiz::Ask(const QuizRequest& request) {
  ASSIGN_OR_RETURN(const Run run, queue_->Get(request.run_id));
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, FindCheckpoint(run, request.at));
  AskCommand command;
  command.checkpoint_file = absl::StrCat(state_dir_, "/", checkpoint.file);
  ASSIGN_OR_RETURN(command.questions, QuestionsOf(request, run.spec));
  ASSIGN_OR_RETURN(AnswersLine line, AskWorker(std::move(command), request.deadline));
  if (!line.error.empty()) {
    return absl::DataLossError(
        absl::StrCat("checkpoint ", checkpoint.checkpoint_id, ": ", line.error));
  }
  QuizResult result;
  result.run_id = run.run_id;
  result.at_step = checkpoint.step;
  result.checkpoint = checkpoint.checkpoint_id;
  result.label = checkpoint.label;
  result.questions = std::move(line.answers);
  result.score = HeldOutScore(result.questions);
  return result;
}

absl::Status Quiz::EnsureWorker() {
  absl::MutexLock start(&start_mutex_);
  std::unique_ptr<Worker> dead;
  {
    absl::MutexLock lock(&mutex_);
    if (is_closed_) return absl::UnavailableError("the daemon is shutting down");
    if (worker_ != nullptr && !has_exited_) return absl::OkStatus();
    dead = std::move(worker_);
    has_exited_ = false;
  }
  dead.reset();
  WorkerOrder order;
  order.run_id = "quiz";
  order.log_file = absl::StrCat(state_dir_, "/quiz.log");
  order.is_quiz = true;
  ASSIGN_OR_RETURN(std::unique_ptr<Worker> worker, launcher_->Launch(order, this));
  absl::MutexLock lock(&mutex_);
  worker_ = std::move(worker);
  return absl::OkStatus();
}

absl::StatusOr<AnswersLine> Quiz::AskWorker(AskCommand command, absl::Duration deadline) {
  RETURN_IF_ERROR(EnsureWorker());
  absl::MutexLock lock(&mutex_);
  last_used_ = clock_->Now().monotonic;
  command.request = next_request_++;
  if (worker_ == nullptr) return absl::UnavailableError("the quiz worker ended; ask again");
  RETURN_IF_ERROR(worker_->Send(FormatCommand(WorkerCommand(command))));
  waiting_[command.request] = std::nullopt;
  const auto is_over = [this, &command]() {
    mutex_.AssertHeld();
    return waiting_[command.request].has_value() || has_exited_;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&is_over), deadline);
  std::optional<AnswersLine> answer = std::move(waiting_[command.request]);
  waiting_.erase(command.request);
  if (answer) return *std::move(answer);
  if (has_exited_) {
    return absl::UnavailableError(
        absl::StrCat("the quiz worker ", exit_description_, "; ask again to start another"));
  }
  worker_->Send(FormatCommand(WorkerCommand(CancelAskCommand{command.request}))).IgnoreError();
  return absl::DeadlineExceededError(
      absl::StrCat("no answer within ", absl::FormatDuration(deadline)));
}

void Quiz::OnLine(const std::string& line) {
  const absl::StatusOr<WorkerLine> parsed = ParseLine(line);
  if (!parsed.ok()) return;  // a quiz worker's stray line answers nobody: its asker times out
  const AnswersLine* answers = std::get_if<AnswersLine>(&*parsed);
  if (answers == nullptr) return;
  absl::MutexLock lock(&mutex_);
  const auto waiting = waiting_.find(answers->request);
  if (waiting != waiting_.end()) waiting->second = *answers;
}

void Quiz::OnExit(bool /*was_clean*/, const std::string& description) {
  absl::MutexLock lock(&mutex_);
  has_exited_ = true;
  exit_description_ = description;
}

void Quiz::Close() {
  absl::MutexLock lock(&mutex_);
  is_closed_ = true;
  if (worker_ != nullptr) worker_->Kill();
}

void Quiz::EndIfUnused(Instant now) {
  absl::MutexLock start(&start_mutex_);
  std::unique_ptr<Worker> unused;  // ended without mutex_, which its OnExit takes
  {
    absl::MutexLock lock(&mutex_);
    if (worker_ == nullptr || !waiting_.empty()) return;
    if (!has_exited_ && now.monotonic - last_used_ < kKeptWarm) return;
    unused = std::move(worker_);
    has_exited_ = false;
  }
}

}  // namespace powerdown
