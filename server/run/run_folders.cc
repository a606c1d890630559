#include "server/run/run_folders.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/platform/files.h"

namespace powerdown {

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

absl::StatusOr<WorkerOrder> RunFolders::Prepare(const Run& run, int64_t attempt) const {
  const std::string folder = FolderOf(run.run_id, attempt);
  RETURN_IF_ERROR(MakeFolder(folder));
  WorkerOrder order;
  order.log_file = folder + "/worker.log";
  order.lock_file = FolderOf(run.run_id) + "/lock";
  return order;
}

StartCommand RunFolders::StartOf(const Run& run, int64_t attempt, std::string weights) const {
  StartCommand start;
  start.run_id = run.run_id;
  start.attempt = attempt;
  start.spec = run.spec;
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
    if (checkpoint.kind != "full") continue;
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
