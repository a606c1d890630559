#include "client/cli/terminal/held_child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

class HeldChildTest : public ::testing::Test {
 protected:
  std::unique_ptr<HeldChild> Fork(const std::string& script) {
    auto child = HeldChild::Fork("/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin"});
    EXPECT_TRUE(child.ok()) << child.status();
    return *std::move(child);
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  TemporaryFolder folder_;
};

TEST_F(HeldChildTest, BeginsWhenItIsReleasedAndTellsHowItEnded) {
  const auto child = Fork("echo > " + Path("begun") + "; exit 3");
  EXPECT_FALSE(std::filesystem::exists(Path("begun")));
  child->Release();
  const ProcessEnd end = child->Wait();
  EXPECT_FALSE(end.was_killed);
  EXPECT_EQ(end.number, 3);
  EXPECT_TRUE(std::filesystem::exists(Path("begun")));
}

TEST_F(HeldChildTest, OneThatIsNotReleasedNeverBegins) {
  Fork("echo > " + Path("begun"));
  EXPECT_FALSE(std::filesystem::exists(Path("begun")));
}

TEST_F(HeldChildTest, ASignalToThisProcessReachesIt) {
  ASSERT_EQ(mkfifo(Path("ready").c_str(), 0600), 0);
  const auto child =
      Fork("trap 'exit 9' USR2; echo > " + Path("ready") + "; while :; do sleep 0.02; done");
  child->Release();
  std::ifstream(Path("ready")).get();  // until it is written to
  kill(getpid(), SIGUSR2);
  EXPECT_EQ(child->Wait().number, 9);
}

TEST_F(HeldChildTest, ASignalThatEndedItIsTold) {
  const auto child = Fork("kill -KILL $$");
  child->Release();
  const ProcessEnd end = child->Wait();
  EXPECT_TRUE(end.was_killed);
  EXPECT_EQ(end.number, SIGKILL);
}

TEST(EndAsTest, EndsAsThatOneDid) {
  EXPECT_EXIT(EndAs({false, 7}), ::testing::ExitedWithCode(7), "");
  EXPECT_EXIT(EndAs({true, SIGUSR1}), ::testing::KilledBySignal(SIGUSR1), "");
}

}  // namespace
}  // namespace powerdown
