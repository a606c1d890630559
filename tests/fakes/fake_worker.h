// Workers without processes: a test speaks for them. Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/hot_mutex.h"
#include "common/run/worker_lines.h"
#include "server/run/worker.h"

namespace powerdown {

// What a test sees of one worker, also after the queue let go of it.
struct FakeWorkerState {
  WorkerOrder order;
  WorkerObserver* observer = nullptr;
  std::vector<WorkerCommand> commands;
  bool is_input_closed = false;
  bool was_killed = false;
  bool has_exited = false;
  bool is_deaf = false;  // what is sent to it fails

  void Say(const WorkerLine& line) { observer->OnLine(FormatLine(line)); }
  void SayText(const std::string& text) { observer->OnLine(text); }
  void SayStarted(int64_t step = 0) {
    StartedLine line;
    line.step = step;
    line.device = "cpu";
    line.hardware = "a processor";
    Say(line);
  }
  const StartCommand& start() const { return std::get<StartCommand>(commands.at(0)); }
  // The reasons of all EndCommands, in order.
  std::vector<std::string> ends() const {
    std::vector<std::string> reasons;
    for (const WorkerCommand& command : commands) {
      const auto* end = std::get_if<EndCommand>(&command);
      if (end != nullptr) reasons.emplace_back(NameOf(end->reason));
    }
    return reasons;
  }
  void Exit(bool was_killed, const std::string& description) {
    has_exited = true;
    observer->OnExit({was_killed, false, description});
  }
  // By a SIGKILL that the daemon did not send.
  void KillFromOutside() {
    has_exited = true;
    observer->OnExit({true, true, "killed by signal 9, not by the daemon"});
  }
  void SayStep(int64_t step, absl::Duration monotonic, double validation_accuracy = 0) {
    StepLine line;
    line.monotonic = monotonic;
    line.evaluation = {step, 0.5, 1.0, 0.7, validation_accuracy};
    Say(line);
  }
  void EndAs(const std::string& outcome, int64_t step, const std::string& reason = "") {
    Say(EndedLine{step, FindNamed<AttemptOutcome>(outcome).value(),
                  Named<StopReason>::Parse(reason), reason});
    Exit(false, "exited with status 0");
  }
};

class FakeWorker : public Worker {
 public:
  FakeWorker(int64_t pid, std::shared_ptr<FakeWorkerState> state)
      : pid_(pid), state_(std::move(state)) {}
  int64_t pid() const override { return pid_; }
  absl::Status Send(const std::string& line) override {
    if (state_->is_deaf) return absl::UnavailableError("the worker's input is closed");
    absl::StatusOr<WorkerCommand> command = ParseCommand(line);
    if (!command.ok()) return command.status();
    state_->commands.push_back(*std::move(command));
    return absl::OkStatus();
  }
  void CloseInput() override { state_->is_input_closed = true; }
  void Kill() override {
    if (std::exchange(state_->was_killed, true) || state_->has_exited) return;
    state_->Exit(true, "killed by signal 9");
  }

 private:
  const int64_t pid_;
  const std::shared_ptr<FakeWorkerState> state_;
};

class FakeLauncher : public WorkerLauncher {
 public:
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder& order,
                                                 WorkerObserver* observer) override {
    MayWait();
    if (!next_error_.ok()) return std::exchange(next_error_, absl::OkStatus());
    if (!every_error_.ok()) return every_error_;
    auto state = std::make_shared<FakeWorkerState>();
    state->order = order;
    state->observer = observer;
    state->is_deaf = std::exchange(next_is_deaf_, false);
    workers_.push_back(state);
    return std::make_unique<FakeWorker>(static_cast<int64_t>(100 + workers_.size()), state);
  }
  absl::StatusOr<std::vector<std::string>> Devices() override {
    MayWait();
    return devices_;
  }
  void set_devices(absl::StatusOr<std::vector<std::string>> devices) {
    devices_ = std::move(devices);
  }
  void FailNext(absl::Status error) { next_error_ = std::move(error); }
  void DeafenNext() { next_is_deaf_ = true; }
  // Every launch from now on, until it is told that all is well again.
  void FailAll(absl::Status error) { every_error_ = std::move(error); }
  FakeWorkerState& worker(size_t index) { return *workers_.at(index); }
  size_t launches() const { return workers_.size(); }

 private:
  std::vector<std::shared_ptr<FakeWorkerState>> workers_;
  absl::Status next_error_;
  absl::Status every_error_;
  bool next_is_deaf_ = false;
  absl::StatusOr<std::vector<std::string>> devices_ = std::vector<std::string>{"cpu"};
};

}  // namespace powerdown
