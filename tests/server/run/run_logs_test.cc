#include "server/run/run_logs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/server/run/run_queue_fixture.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

class RunLogsTest : public ::testing::Test {
 protected:
  void Write(const std::string& attempt, const std::string& text) {
    const std::string directory = folder_.path() + "/" + attempt;
    std::filesystem::create_directory(directory);
    std::ofstream(directory + "/worker.log") << text;
  }
  TemporaryFolder folder_;
};

TEST_F(RunLogsTest, AttemptsThatSaidSomethingAreToldInTheirOrder) {
  Write("10", "ten\n");
  Write("2", "two\n");
  Write("3", "");
  Write("lock", "no attempt\n");
  const std::vector<AttemptLog> logs = ReadRunLogs(folder_.path());
  ASSERT_EQ(logs.size(), 2u);
  EXPECT_EQ(logs[0].attempt, 2);
  EXPECT_EQ(logs[1].text, "ten\n");
  EXPECT_FALSE(logs[1].is_cut);
}

TEST_F(RunLogsTest, OfALongLogTheLastWholeLinesAreTold) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i) + "\n";
  Write("1", text);
  const std::vector<AttemptLog> logs = ReadRunLogs(folder_.path());
  ASSERT_EQ(logs.size(), 1u);
  EXPECT_TRUE(logs[0].is_cut);
  EXPECT_LE(logs[0].text.size(), 65536u);
  EXPECT_EQ(logs[0].text.substr(0, 5), "line ");
  EXPECT_EQ(text.substr(text.size() - logs[0].text.size()), logs[0].text);
}

TEST_F(RunLogsTest, OfManyAttemptsTheNewestAreTold) {
  for (int attempt = 1; attempt <= 40; ++attempt) {
    Write(std::to_string(attempt), std::string(60000, 'x') + "\n");
  }
  const std::vector<AttemptLog> logs = ReadRunLogs(folder_.path());
  EXPECT_EQ(logs.size(), (size_t{2} << 20) / 60001);
  EXPECT_EQ(logs.back().attempt, 40);
}

TEST_F(RunLogsTest, ARunThatNeverStartedHasNone) {
  EXPECT_TRUE(ReadRunLogs(folder_.path() + "/nothing").empty());
}

class CommandOutputTest : public RunQueueTest {};

TEST_F(CommandOutputTest, IsThatOfAnAttemptFromAnyByteOn) {
  const RunFolders folders(folder_.path());
  EXPECT_FALSE(ReadCommandOutput(*queue_, folders, Submit(), 0, 0).ok());
  options_.max_running = 4;
  StartQueue();
  const std::string run_id = SubmitCommand();
  absl::StatusOr<CommandOutput> output = ReadCommandOutput(*queue_, folders, run_id, 0, 0);
  ASSERT_TRUE(output.ok()) << output.status();
  EXPECT_EQ(output->part.text, "");
  EXPECT_FALSE(output->has_ended);
  OutputLog log(folders.OutputOf(run_id, 1));
  ASSERT_TRUE(log.Append(std::string(300'000, 'x') + "end").ok());
  NewestWorker().EndAs("finished", 0);
  Tick();
  output = ReadCommandOutput(*queue_, folders, run_id, 0, 0);
  EXPECT_EQ(output->part.text.size(), size_t{256} << 10);
  output = ReadCommandOutput(*queue_, folders, run_id, 1, 300'000);
  EXPECT_EQ(output->part.text, "end");
  EXPECT_TRUE(output->has_ended);
  EXPECT_EQ(output->attempt, 1);
  EXPECT_TRUE(absl::IsNotFound(ReadCommandOutput(*queue_, folders, run_id, 2, 0).status()));
}

}  // namespace
}  // namespace powerdown
