#include "server/trainer/command_input.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>

#include "common/base/line_splitter.h"
#include "common/run/worker_limits.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// Requests count up, and no more than about this many are open at a time.
constexpr size_t kMostCancelled = 4096;

}  // namespace

CommandInput::CommandInput(int descriptor) {
  std::thread([received = received_, descriptor] { Read(descriptor, *received); }).detach();
}

void CommandInput::Read(int descriptor, Received& received) {
  LineSplitter lines(kLongestWorkerCommand);
  char piece[65536];
  for (;;) {
    const ssize_t count = read(descriptor, piece, sizeof(piece));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    for (const std::string& line : lines.Push({piece, static_cast<size_t>(count)})) {
      absl::StatusOr<WorkerCommand> command = ParseCommand(line);
      if (!command.ok()) {
        spdlog::warn("ignored a command that could not be parsed: {}",
                     std::string(command.status().message()));
        continue;
      }
      received.Note(*std::move(command));
    }
  }
  absl::MutexLock lock(&received.mutex);
  received.has_ended = true;
}

void CommandInput::Received::Note(WorkerCommand command) {
  absl::MutexLock lock(&mutex);
  const CancelAskCommand* cancel = std::get_if<CancelAskCommand>(&command);
  if (cancel == nullptr) {
    commands.push_back(std::move(command));
    return;
  }
  cancelled.insert(cancel->request);
  if (cancelled.size() > kMostCancelled) cancelled.erase(cancelled.begin());
}

bool CommandInput::IsCancelled(int64_t request) {
  absl::MutexLock lock(&received_->mutex);
  return received_->cancelled.contains(request);
}

std::optional<WorkerCommand> CommandInput::Wait() {
  {
    absl::MutexLock lock(&received_->mutex);
    received_->mutex.Await(absl::Condition(received_.get(), &Received::IsReady));
  }
  return Take();
}

std::optional<WorkerCommand> CommandInput::Take() {
  absl::MutexLock lock(&received_->mutex);
  if (received_->commands.empty()) return std::nullopt;
  WorkerCommand command = std::move(received_->commands.front());
  received_->commands.pop_front();
  return command;
}

bool CommandInput::has_ended() {
  absl::MutexLock lock(&received_->mutex);
  return received_->has_ended && received_->commands.empty();
}

}  // namespace powerdown
