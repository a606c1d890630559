#include "tests/support/simulation/simulated_workers.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

constexpr double kMiddle = 0.4;  // of its steps: where a worker's fate strikes

int64_t StepOf(const std::string& checkpoint_file) {
  std::ifstream file(checkpoint_file);
  int64_t step = 0;
  file >> step;
  return step;
}

}  // namespace

std::string NameOf(Fate fate) {
  static constexpr const char* kNames[kFates] = {
      "well",       "crashes",        "ends without word", "hangs",
      "lingers",    "garbles",        "wrong version",     "repeats",
      "steps back", "reports late",   "reports ahead",     "reports after its end",
      "deaf",       "groks and stops"};
  return kNames[static_cast<int>(fate)];
}

struct SimulatedWorkers::Process {
  int64_t pid = 0;
  std::string lock_file;
  WorkerObserver* observer = nullptr;  // null once the daemon is gone
  Life life;
  bool is_alive = true;
  std::optional<StartCommand> start;
  std::optional<EndRequest> asked;
  std::optional<absl::Duration> ends_at;  // asked to, or without a daemon
  std::optional<absl::Duration> started_at;
  int64_t first_step = 0;
  int64_t next_step = 0;
  int64_t interval = 1;   // steps between two reports
  double pace = 1;        // steps a second
  int64_t fate_step = 0;  // where it strikes
  bool has_struck = false;
  int64_t last_step = 0;
};

class SimulatedWorkers::Handle : public Worker {
 public:
  Handle(SimulatedWorkers* workers, std::shared_ptr<Process> process)
      : workers_(*workers), process_(std::move(process)) {}
  ~Handle() override {
    if (process_->life.is_attached) Kill();
    process_->life.is_attached = false;
  }
  int64_t pid() const override { return process_->pid; }
  absl::Status Send(const std::string& line) override {
    if (process_->life.fate == Fate::kDeaf || !process_->is_alive) {
      return absl::UnavailableError("the worker's input is closed");
    }
    workers_.Receive(*process_, line);
    return absl::OkStatus();
  }
  void CloseInput() override { process_->asked = EndRequest::kShutdown; }
  void Kill() override { workers_.Exit(*process_, true, "killed by signal 9"); }

 private:
  SimulatedWorkers& workers_;
  const std::shared_ptr<Process> process_;
};

absl::StatusOr<std::unique_ptr<Worker>> SimulatedWorkers::Launch(const WorkerOrder& order,
                                                                 WorkerObserver* observer) {
  if (fails_launches) return absl::UnavailableError("fork: no more processes");
  int64_t holders = 1;
  for (const auto& [pid, process] : processes_) {
    if (process->lock_file != order.lock_file) continue;
    // The lock is the launcher's promise. If it were not kept, two would train one run.
    if (!ignores_locks)
      return absl::FailedPreconditionError("the run's earlier worker still lives");
    ++holders;
  }
  most_alive_of_a_run = std::max(most_alive_of_a_run, holders);
  auto process = std::make_shared<Process>();
  process->pid = next_pid_++;
  process->lock_file = order.lock_file;
  process->observer = observer;
  if (random_.Chance(bad_share)) {
    process->life.fate = static_cast<Fate>(random_.Between(1, kFates - 1));
  }
  processes_[process->pid] = process;
  return std::make_unique<Handle>(this, std::move(process));
}

void SimulatedWorkers::Receive(Process& process, const std::string& line) {
  const absl::StatusOr<WorkerCommand> command = ParseCommand(line);
  if (!command.ok()) return;
  if (const auto* start = std::get_if<StartCommand>(&*command)) {
    process.start = *start;
    process.life.run_id = start->run_id;
    process.life.attempt = start->attempt;
    return;
  }
  if (const auto* end = std::get_if<EndCommand>(&*command)) {
    process.life.is_asked = true;
    process.asked = end->reason;
  }
}

std::map<int64_t, double> SimulatedWorkers::Use() const {
  std::map<int64_t, double> use;
  for (const auto& [pid, process] : processes_) use[pid] = process->started_at ? 0.9 : 0.1;
  return use;
}

void SimulatedWorkers::LoseDaemon() {
  for (auto& [pid, process] : processes_) {
    process->observer = nullptr;
    process->life.is_attached = false;
    process->ends_at.reset();
  }
}

void SimulatedWorkers::LosePower() {
  LoseDaemon();
  for (auto& [pid, process] : processes_) process->is_alive = false;
  processes_.clear();
}

std::vector<SimulatedWorkers::Life> SimulatedWorkers::Alive() const {
  std::vector<Life> alive;
  for (const auto& [pid, process] : processes_) alive.push_back(process->life);
  return alive;
}

void SimulatedWorkers::Work(Instant from, Instant now) {
  const std::map<int64_t, std::shared_ptr<Process>> alive = processes_;
  for (const auto& [pid, process] : alive) WorkOne(*process, from, now);
}

void SimulatedWorkers::WorkOne(Process& process, Instant from, Instant now) {
  if (process.observer == nullptr) {
    // It reads the end of its input after the step that it is at, writes a checkpoint and ends.
    if (!process.ends_at) {
      process.ends_at = from.monotonic + random_.Spread(absl::Milliseconds(20), absl::Minutes(1));
    }
    if (now.monotonic >= *process.ends_at) Exit(process, false, "exited with status 0");
    return;
  }
  if (!process.start) return;
  if (!process.started_at) {
    process.started_at = now.monotonic;
    process.first_step = process.next_step = StepOf(process.start->resume_file);
    const int64_t steps = process.start->spec.max_steps;
    process.interval = std::max<int64_t>(1, steps / random_.Between(5, 40));
    process.pace = static_cast<double>(steps) /
                   absl::ToDoubleSeconds(random_.Spread(absl::Seconds(5), absl::Hours(20)));
    process.fate_step =
        process.first_step +
        static_cast<int64_t>(kMiddle * static_cast<double>(steps - process.first_step));
    HelloLine hello;
    if (process.life.fate == Fate::kWrongVersion) ++hello.version;
    Say(process, hello);
    StartedLine started;
    started.step = process.first_step;
    started.device = "cpu";
    started.hardware = "a processor";
    Say(process, started);
  }
  const int64_t last = process.start->spec.max_steps;
  while (process.is_alive && !process.life.has_said_end && !process.asked) {
    const bool is_struck = process.has_struck && process.life.fate == Fate::kHangs;
    const absl::Duration at =
        *process.started_at +
        absl::Seconds(static_cast<double>(process.next_step - process.first_step) / process.pace);
    if (is_struck || at > now.monotonic) break;
    Step(process, process.next_step, at, now);
    if (process.next_step >= last) return Finish(process, AttemptOutcome::kFinished, "", now);
    process.next_step = std::min(last, process.next_step + process.interval);
    if (!process.has_struck && process.next_step >= process.fate_step) Misbehave(process, now);
  }
  if (!process.is_alive || !process.asked || process.life.fate == Fate::kHangs) return;
  if (!process.ends_at) {
    process.ends_at = from.monotonic + random_.Spread(absl::Milliseconds(20), absl::Seconds(4));
  }
  if (now.monotonic < *process.ends_at || process.life.has_said_end) return;
  const bool is_stop = *process.asked == EndRequest::kStop;
  Finish(process, is_stop ? AttemptOutcome::kStopped : AttemptOutcome::kPaused,
         is_stop ? "user" : "", now);
}

void SimulatedWorkers::Step(Process& process, int64_t step, absl::Duration at, Instant now) {
  StepLine line;
  line.monotonic = at;
  if (process.has_struck && process.life.fate == Fate::kReportsLate) {
    line.monotonic -= absl::Minutes(20);
  }
  if (process.has_struck && process.life.fate == Fate::kReportsAhead) {
    line.monotonic = now.monotonic + absl::Minutes(3);
  }
  line.evaluation = {step, 0.5, 1.0, 0.7, static_cast<double>(step % 100) / 100};
  line.gradient_norm = static_cast<double>(random_.Between(1, 1000));
  Say(process, line);
  process.last_step = step;
  if (process.has_struck && process.life.fate == Fate::kRepeats) Say(process, line);
  if (process.has_struck && process.life.fate == Fate::kStepsBack) {
    line.evaluation.step = std::max<int64_t>(0, step - 2 * process.interval);
    Say(process, line);
  }
  if (step > process.first_step && random_.Chance(0.08))
    SaveCheckpoint(process, CheckpointLabel::kNone);
}

void SimulatedWorkers::Misbehave(Process& process, Instant now) {
  process.has_struck = true;
  switch (process.life.fate) {
    case Fate::kCrashes:
      return Exit(process, true, "killed by signal 11");
    case Fate::kEndsWithoutWord:
      return Exit(process, false, "exited with status 0");
    case Fate::kGarbles:
      return process.observer->OnLine(R"({"type":"step","step":)");
    case Fate::kGroksAndStops: {
      Say(process, MilestoneLine{EventKind::kMemorised, process.last_step, process.last_step});
      Say(process, MilestoneLine{EventKind::kGrokked, process.last_step, process.last_step});
      DecisionLine decision;
      decision.monotonic = now.monotonic;
      decision.decision.step = process.last_step;
      decision.decision.stop = true;
      decision.decision.verdict = RuleVerdict::kStop;
      Say(process, decision);
      if (process.start->auto_stop == AutoStop::kOn) {
        Finish(process, AttemptOutcome::kStopped, "grokked", now);
      }
      return;
    }
    default:
      return;
  }
}

void SimulatedWorkers::Finish(Process& process, AttemptOutcome outcome, const std::string& reason,
                              Instant now) {
  SaveCheckpoint(process, outcome == AttemptOutcome::kStopped ? CheckpointLabel::kStop
                                                              : CheckpointLabel::kLast);
  EndedLine ended;
  ended.step = process.last_step;
  ended.outcome = outcome;
  if (!reason.empty()) ended.stop_reason = Named<StopReason>::Parse(reason);
  Say(process, ended);
  process.life.has_said_end = true;
  if (process.life.fate == Fate::kReportsAfterEnd) {
    Step(process, process.last_step + 1, now.monotonic, now);
  }
  if (process.life.fate != Fate::kLingers) Exit(process, false, "exited with status 0");
}

void SimulatedWorkers::Say(Process& process, const WorkerLine& line) {
  if (process.observer != nullptr && process.is_alive) process.observer->OnLine(FormatLine(line));
}

void SimulatedWorkers::SaveCheckpoint(Process& process, CheckpointLabel label) {
  if (!process.is_alive) return;
  CheckpointLine line;
  line.checkpoint.step = process.last_step;
  line.checkpoint.label = label;
  line.checkpoint.kind = CheckpointKind::kFull;
  line.checkpoint.sha256 = absl::StrCat("sha-", process.last_step);
  line.checkpoint.bytes = 4;
  line.checkpoint.file = absl::StrCat("step-", process.last_step);
  std::ofstream(process.start->directory + "/" + line.checkpoint.file) << process.last_step;
  Say(process, line);
}

void SimulatedWorkers::Exit(Process& process, bool was_killed, const std::string& description) {
  if (!std::exchange(process.is_alive, false)) return;
  WorkerObserver* const observer = process.observer;
  processes_.erase(process.pid);
  if (observer != nullptr) observer->OnExit({was_killed, false, description});
}

}  // namespace powerdown
