#include "server/trainer/command_input.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// Requests count up, and no more than about this many are open at a time.
constexpr size_t kMostCancelled = 4096;

}  // namespace

CommandInput::CommandInput(int descriptor) {
  std::thread([this, descriptor] { Read(descriptor); }).detach();
}

void CommandInput::Read(int descriptor) {
  std::string rest;
  char piece[65536];
  for (;;) {
    const ssize_t count = read(descriptor, piece, sizeof(piece));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    rest.append(piece, static_cast<size_t>(count));
    for (size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      absl::StatusOr<WorkerCommand> command = ParseCommand(rest.substr(0, end));
      rest.erase(0, end + 1);
      if (!command.ok()) {
        spdlog::warn("ignored a command: {}", std::string(command.status().message()));
        continue;
      }
      Note(*std::move(command));
    }
  }
  absl::MutexLock lock(&mutex_);
  has_ended_ = true;
}

void CommandInput::Note(WorkerCommand command) {
  absl::MutexLock lock(&mutex_);
  const CancelAskCommand* cancel = std::get_if<CancelAskCommand>(&command);
  if (cancel == nullptr) {
    commands_.push_back(std::move(command));
    return;
  }
  cancelled_.insert(cancel->request);
  if (cancelled_.size() > kMostCancelled) cancelled_.erase(cancelled_.begin());
}

bool CommandInput::IsCancelled(int64_t request) {
  absl::MutexLock lock(&mutex_);
  return cancelled_.contains(request);
}

std::optional<WorkerCommand> CommandInput::Wait() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &CommandInput::IsReady));
  if (commands_.empty()) return std::nullopt;
  WorkerCommand command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

std::optional<WorkerCommand> CommandInput::Take() {
  absl::MutexLock lock(&mutex_);
  if (commands_.empty()) return std::nullopt;
  WorkerCommand command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

bool CommandInput::has_ended() {
  absl::MutexLock lock(&mutex_);
  return has_ended_ && commands_.empty();
}

}  // namespace powerdown
