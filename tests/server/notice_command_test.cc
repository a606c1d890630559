#include "server/notice_command.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

TEST(NoticeCommandTest, ReadsTheNoticeOnStdin) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/notice";
  const SendNotice send = NoticeCommand("cat > " + file + "; echo $POWERDOWN_EVENT >> " + file);
  ASSERT_TRUE(send({.id = "event-7", .event = "stopped"}).ok());
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_THAT(text.str(), ::testing::HasSubstr("\"id\":\"event-7\""));
  EXPECT_THAT(text.str(), ::testing::EndsWith("}\nstopped\n"));
}

TEST(NoticeCommandTest, AnotherExitCodeIsNotTaken) {
  EXPECT_EQ(NoticeCommand("exit 3")({.id = "a"}).message(), "the command failed with exit code 3");
}

}  // namespace
}  // namespace powerdown
