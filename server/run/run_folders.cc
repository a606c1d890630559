#include "server/run/run_folders.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

// For the log, and what the database grows meanwhile.
constexpr int64_t kLeastRoom = 1 << 20;
// `stop`, `best` and `last` are written together, beside an earlier one that is replaced.
constexpr int64_t kCheckpointsAtOnce = 4;
// Within an attempt's folder: what a command wrote.
constexpr std::string_view kOutputFolder = "output";

}  // namespace

absl::Status MakeFolder(const std::string& path) {
  const absl::Status made = MakePrivateFolder(path);
  return made.ok() ? made : absl::ResourceExhaustedError(made.message());
}

RunFolders::RunFolders(std::string state_dir) : state_dir_(std::move(state_dir)) {}

std::string RunFolders::FolderOf(const std::string& run_id) const {
  return absl::StrCat(state_dir_, "/runs/", run_id);
}

std::string RunFolders::FolderOf(const std::string& run_id, int64_t attempt) const {
  return absl::StrCat(FolderOf(run_id), "/", attempt);
}

absl::Status RunFolders::CheckRoom(const Run& run) const {
  struct statvfs disk = {};
  if (statvfs(state_dir_.c_str(), &disk) != 0) {
    return SystemError(absl::StrCat("cannot look at ", state_dir_), errno);
  }
  int64_t largest = 0;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    largest = std::max(largest, checkpoint.bytes);
  }
  const int64_t needed = kLeastRoom + kCheckpointsAtOnce * largest;
  const auto free = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  if (free >= needed) return absl::OkStatus();
  // Without what is free now: a reason that changes every second would be told every second.
  return absl::ResourceExhaustedError(absl::StrCat("the disk of ", state_dir_,
                                                   " is full: the run needs about ",
                                                   needed / 1000000 + 1, " MB; free some space"));
}

absl::StatusOr<WorkerOrder> RunFolders::Prepare(const Run& run, int64_t attempt) const {
  const std::string folder = FolderOf(run.run_id, attempt);
  RETURN_IF_ERROR(MakeFolder(folder));
  WorkerOrder order;
  order.log_file = folder + "/worker.log";
  order.lock_file = FolderOf(run.run_id) + "/lock";
  if (run.command) RETURN_IF_ERROR(PrepareCommand(*run.command, folder, order));
  return order;
}

// The folder within belongs to the command's account; the one around it, with the log that the
// daemon itself reads, does not.
absl::Status RunFolders::PrepareCommand(const CommandSpec& command, const std::string& folder,
                                        WorkerOrder& order) const {
  order.is_command = true;
  order.folder = Concat(folder, "/", kOutputFolder);
  order.account = OwnAccount();
  RETURN_IF_ERROR(MakeFolder(order.folder));
  if (command.account.empty() || command.account == order.account->name) return absl::OkStatus();
  ASSIGN_OR_RETURN(order.account, FindAccount(command.account));
  if (lchown(order.folder.c_str(), order.account->uid, order.account->gid) == 0) {
    return absl::OkStatus();
  }
  const int error = errno;
  return absl::PermissionDeniedError(
      SystemError(Concat("cannot run a command as ", command.account), error).message());
}

std::string RunFolders::OutputOf(const std::string& run_id, int64_t attempt) const {
  return Concat(FolderOf(run_id, attempt), "/", kOutputFolder);
}

StartCommand RunFolders::StartOf(const Run& run, int64_t attempt, std::string weights) const {
  StartCommand start;
  start.run_id = run.run_id;
  start.attempt = attempt;
  start.spec = run.spec;
  start.command = run.command;
  start.environment = run.environment;
  start.auto_stop = run.auto_stop;
  start.abandon = run.abandon;
  start.predictor = std::move(weights);
  start.grok_multiple = run.grok_multiple;
  start.directory = FolderOf(run.run_id, attempt);
  start.resume_file = ResumeFile(run);
  // A stop that the user asked for says nothing about the stop rule, which goes on watching.
  start.take_back_stop =
      run.stop && run.stop->mode == StopMode::kTakenBack && run.stop->reason != StopReason::kUser;
  return start;
}

std::string RunFolders::ResumeFile(const Run& run) const {
  const Checkpoint* newest = nullptr;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.kind != CheckpointKind::kFull) continue;
    if (!std::filesystem::exists(absl::StrCat(state_dir_, "/", checkpoint.file))) continue;
    const bool is_later =
        newest == nullptr || checkpoint.attempt > newest->attempt ||
        (checkpoint.attempt == newest->attempt && checkpoint.step >= newest->step);
    if (is_later) newest = &checkpoint;
  }
  return newest == nullptr ? "" : absl::StrCat(state_dir_, "/", newest->file);
}

void RunFolders::Remove(const std::string& run_id) const {
  std::error_code ignored;
  std::filesystem::remove_all(FolderOf(run_id), ignored);
}

std::string LastLogLine(const std::string& file) {
  constexpr size_t kTail = 4096;
  const absl::StatusOr<FileEnd> log = ReadFileEnd(file, kTail);
  if (!log.ok()) return "";
  const std::vector<std::string> lines = absl::StrSplit(log->text, '\n', absl::SkipWhitespace());
  return lines.empty() ? "" : lines.back();
}

}  // namespace powerdown
