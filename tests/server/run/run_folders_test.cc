#include "server/run/run_folders.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

class RunFoldersTest : public ::testing::Test {
 protected:
  RunFoldersTest() {
    run_.run_id = "01a";
    order_ = *folders_.Prepare(run_, 2);
  }
  void Write(const std::string& name) { std::ofstream(state_.path() + "/" + name) << "weights"; }

  TemporaryFolder state_;
  RunFolders folders_{state_.path()};
  powerdown::Run run_;
  WorkerOrder order_;
};

TEST_F(RunFoldersTest, AnAttemptHasAFolderOfItsOwnAndARunOneLock) {
  EXPECT_TRUE(std::filesystem::is_directory(state_.path() + "/runs/01a/2"));
  EXPECT_EQ(order_.log_file, state_.path() + "/runs/01a/2/worker.log");
  EXPECT_EQ(order_.lock_file, state_.path() + "/runs/01a/lock");
  EXPECT_EQ(folders_.StartOf(run_, 2, "").directory, state_.path() + "/runs/01a/2");
}

TEST_F(RunFoldersTest, AFolderThatCannotBeCreatedIsNamed) {
  std::ofstream(state_.path() + "/runs/01b") << "no folder";
  run_.run_id = "01b";
  const absl::Status status = folders_.Prepare(run_, 1).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_NE(status.ToString().find("runs/01b/1"), std::string::npos);
}

TEST_F(RunFoldersTest, ARunResumesFromItsNewestFullCheckpointThatExists) {
  EXPECT_EQ(folders_.ResumeFile(run_), "");
  for (const char* name : {"runs/01a/2/a", "runs/01a/2/b", "runs/01a/2/frame"}) Write(name);
  run_.checkpoints = {
      {.attempt = 2, .step = 50, .kind = CheckpointKind::kFull, .file = "runs/01a/2/b"},
      {.attempt = 1, .step = 90, .kind = CheckpointKind::kFull, .file = "runs/01a/2/a"},
      {.attempt = 2, .step = 60, .kind = CheckpointKind::kWeights, .file = "runs/01a/2/frame"},
      {.attempt = 2, .step = 70, .kind = CheckpointKind::kFull, .file = "runs/01a/2/gone"}};
  EXPECT_EQ(folders_.ResumeFile(run_), state_.path() + "/runs/01a/2/b");
}

TEST_F(RunFoldersTest, OnlyAStopOfTheRuleThatWasTakenBackIsPassedByTheRule) {
  run_.stop = StopOutcome{90, StopReason::kGrokked, StopMode::kTakenBack};
  EXPECT_TRUE(folders_.StartOf(run_, 2, "").take_back_stop);
  run_.stop->reason = StopReason::kUser;
  EXPECT_FALSE(folders_.StartOf(run_, 2, "").take_back_stop);
  run_.stop = StopOutcome{90, StopReason::kGrokked, StopMode::kOn};
  EXPECT_FALSE(folders_.StartOf(run_, 2, "").take_back_stop);
}

TEST_F(RunFoldersTest, TheLastLineOfALogSkipsEmptyLines) {
  EXPECT_EQ(LastLogLine(order_.log_file), "");
  std::ofstream(order_.log_file) << "all is well\nno space left on device\n\n";
  EXPECT_EQ(LastLogLine(order_.log_file), "no space left on device");
}

TEST_F(RunFoldersTest, RemovingARunRemovesItsFolder) {
  folders_.Remove("01a");
  EXPECT_FALSE(std::filesystem::exists(state_.path() + "/runs/01a"));
}

TEST_F(RunFoldersTest, ARunStartsOnlyWhereItsCheckpointsHaveRoom) {
  powerdown::Run run;
  EXPECT_TRUE(folders_.CheckRoom(run).ok());
  run.checkpoints.emplace_back().bytes = int64_t{1} << 50;
  const absl::Status refused = folders_.CheckRoom(run);
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_THAT(refused.ToString(), ::testing::HasSubstr("is full: the run needs about"));
  // A file system without any free space.
  EXPECT_TRUE(absl::IsResourceExhausted(RunFolders("/proc").CheckRoom(powerdown::Run())));
}

TEST_F(RunFoldersTest, ACommandHasAFolderForItsOutputThatIsItsAccounts) {
  run_.command.emplace();
  run_.environment = {"KEY=1"};
  const absl::StatusOr<WorkerOrder> order = folders_.Prepare(run_, 3);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_TRUE(order->is_command);
  EXPECT_EQ(order->folder, folders_.OutputOf("01a", 3));
  EXPECT_TRUE(std::filesystem::is_directory(order->folder));
  EXPECT_TRUE(order->account->IsOwn());
  EXPECT_EQ(folders_.StartOf(run_, 3, "").environment, run_.environment);
  run_.command->account = "nobody-has-this-name";
  EXPECT_TRUE(absl::IsNotFound(folders_.Prepare(run_, 4).status()));
  run_.command->account = "nobody";
  const absl::StatusOr<WorkerOrder> other = folders_.Prepare(run_, 5);
  if (geteuid() != 0) {
    EXPECT_TRUE(absl::IsPermissionDenied(other.status())) << other.status();
    return;
  }
  struct stat folder = {};
  ASSERT_EQ(stat(other->folder.c_str(), &folder), 0);
  EXPECT_EQ(folder.st_uid, other->account->uid);
  // The one around it, with the log that the daemon reads, stays the daemon's.
  ASSERT_EQ(stat(std::filesystem::path(other->folder).parent_path().c_str(), &folder), 0);
  EXPECT_EQ(folder.st_uid, geteuid());
}

}  // namespace
}  // namespace powerdown
