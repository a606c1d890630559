#include "server/state_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StateWatchTest : public ::testing::Test {
 protected:
  StateWatchTest() {
    std::filesystem::create_directory(state_);
    std::ofstream(state_ + "/powerdown.db") << "rows";
    std::ofstream(state_ + "/powerdown.sock") << "";
    watch_.emplace(state_, state_ + "/powerdown.db", state_ + "/powerdown.sock", [this] {
      ++rebinds_;
      if (can_rebind_) std::ofstream(state_ + "/powerdown.sock") << "new";
      return can_rebind_ ? absl::OkStatus() : absl::FailedPreconditionError("in use by another");
    });
  }
  // A second later.
  bool Look() { return watch().Look(now_ += absl::Seconds(1)); }
  StateWatch& watch() { return *watch_; }

  TemporaryFolder folder_;
  const std::string state_ = folder_.path() + "/state";
  bool can_rebind_ = true;
  int rebinds_ = 0;
  std::optional<StateWatch> watch_;
  absl::Duration now_;
};

TEST_F(StateWatchTest, WhatIsInItsPlaceIsNoNews) {
  EXPECT_FALSE(Look());
  EXPECT_THAT(watch().problems(), IsEmpty());
  EXPECT_FALSE(watch().has_lost_database());
}

TEST_F(StateWatchTest, ADeletedOrReplacedDatabaseIsToldOnce) {
  const std::ifstream open(state_ +
                           "/powerdown.db");  // as the daemon has it: its inode stays taken
  Look();
  std::filesystem::remove(state_ + "/powerdown.db");
  EXPECT_TRUE(Look());
  EXPECT_FALSE(Look());
  EXPECT_THAT(watch().problems(), ElementsAre(HasSubstr("powerdown.db was deleted or replaced")));
  EXPECT_TRUE(watch().has_lost_database());
  std::ofstream(state_ + "/another") << "rows";
  std::filesystem::rename(state_ + "/another", state_ + "/powerdown.db");
  Look();
  EXPECT_TRUE(watch().has_lost_database()) << "another file is not ours";
}

TEST_F(StateWatchTest, AMovedFolderThatComesBackIsWell) {
  Look();
  std::filesystem::rename(state_, folder_.path() + "/elsewhere");
  EXPECT_TRUE(Look());
  EXPECT_TRUE(watch().has_lost_database());
  std::filesystem::rename(folder_.path() + "/elsewhere", state_);
  EXPECT_TRUE(Look());
  EXPECT_THAT(watch().problems(), IsEmpty());
}

TEST_F(StateWatchTest, ARemovedSocketIsMadeAgain) {
  Look();
  for (int i = 1; i <= 2; ++i) {
    std::filesystem::remove(state_ + "/powerdown.sock");
    EXPECT_FALSE(Look());
    EXPECT_EQ(rebinds_, i);
    EXPECT_THAT(watch().problems(), IsEmpty());
  }
  EXPECT_FALSE(Look());
  EXPECT_EQ(rebinds_, 2);
}

TEST_F(StateWatchTest, ASocketThatCannotBeMadeIsToldAndTriedAgain) {
  Look();
  can_rebind_ = false;
  std::filesystem::remove(state_ + "/powerdown.sock");
  EXPECT_TRUE(Look());
  EXPECT_FALSE(Look());
  EXPECT_THAT(watch().problems(),
              ElementsAre(HasSubstr("powerdown.sock was removed while the daemon runs: no new "
                                    "command on this box reaches it, as it cannot be made again "
                                    "(in use by another)")));
  EXPECT_FALSE(watch().has_lost_database());
  can_rebind_ = true;
  EXPECT_TRUE(Look());
  EXPECT_THAT(watch().problems(), IsEmpty());
}

TEST_F(StateWatchTest, NoSocketIsMadeInAFolderThatIsNotOurs) {
  Look();
  std::filesystem::rename(state_, folder_.path() + "/elsewhere");
  std::filesystem::create_directory(state_);
  EXPECT_TRUE(Look());
  EXPECT_EQ(rebinds_, 0);
  EXPECT_TRUE(std::filesystem::is_empty(state_));
  std::filesystem::remove(state_);
  std::filesystem::rename(folder_.path() + "/elsewhere", state_);
  std::filesystem::remove(state_ + "/powerdown.sock");
  EXPECT_TRUE(Look());
  EXPECT_EQ(rebinds_, 1);
  EXPECT_THAT(watch().problems(), IsEmpty());
}

TEST_F(StateWatchTest, LooksOnceAPeriod) {
  Look();
  std::filesystem::remove(state_ + "/powerdown.db");
  EXPECT_FALSE(watch().Look(now_ + absl::Milliseconds(100)));
}

}  // namespace
}  // namespace powerdown
