#include "server/notice_command.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(NoticeCommandTest, ReadsTheNoticeOnStdin) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/notice";
  const NoticeSender sender = NoticeCommand("cat > " + file + "; echo $POWERDOWN_EVENT >> " + file);
  ASSERT_TRUE(sender.send({.id = "event-7", .event = "stopped"}).ok());
  EXPECT_THAT(FileText(file), HasSubstr("\"id\":\"event-7\""));
  EXPECT_THAT(FileText(file), EndsWith("}\nstopped\n"));
}

TEST(NoticeCommandTest, SeesListedVariablesOnly) {
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  EXPECT_TRUE(
      NoticeCommand("test -z \"$AWS_SECRET_ACCESS_KEY\" && test -n \"$PATH\"").send({}).ok());
}

TEST(NoticeCommandTest, AnotherExitCodeIsNotTaken) {
  EXPECT_EQ(NoticeCommand("exit 3").send({.id = "a"}).message(),
            "the command failed with exit code 3");
}

// Issue 17: a text larger than a pipe was written before anybody could read it, and hung for ever.
TEST(NoticeCommandTest, ATextLargerThanAPipeIsReadInPiecesOrNotAtAll) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/notice";
  const Notice large = {.id = "a", .message = std::string(1 << 20, 'x')};
  ASSERT_TRUE(NoticeCommand("cat > " + file).send(large).ok());
  EXPECT_GT(FileText(file).size(), size_t{1} << 20);
  EXPECT_TRUE(NoticeCommand("exit 0").send(large).ok());
  EXPECT_TRUE(NoticeCommand("exec < /dev/null; exit 0").send(large).ok());
}

// What it started holds neither the daemon nor the box.
TEST(NoticeCommandTest, ACommandThatHangsIsKilledWithWhatItStarted) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/child";
  const NoticeSender sender =
      NoticeCommand("sleep 1000 & echo $! > " + file + "; wait", absl::Milliseconds(500));
  const absl::Status killed = sender.send({.id = "a"});
  EXPECT_EQ(killed.message(), "the command ran for more than 500ms and was killed");
  const pid_t child = std::stoi(FileText(file));
  while (kill(child, 0) == 0 &&
         FileText("/proc/" + std::to_string(child) + "/stat").find(") Z") == std::string::npos) {
  }
}

TEST(NoticeCommandTest, StopKillsWhatRunsAndStartsNothingMore) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/begun";
  const NoticeSender sender = NoticeCommand("echo > " + file + "; sleep 1000");
  absl::Status status;
  std::thread delivery([&] { status = sender.send({.id = "a"}); });
  while (!std::filesystem::exists(file)) std::this_thread::yield();
  sender.stop();
  delivery.join();
  EXPECT_EQ(status.message(), "the command was killed by signal 9");
  EXPECT_TRUE(absl::IsCancelled(sender.send({.id = "b"})));
}

}  // namespace
}  // namespace powerdown
