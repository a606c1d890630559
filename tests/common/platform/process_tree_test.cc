#include "common/platform/process_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/base/text.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;

class ProcessTreeTest : public ::testing::Test {
 protected:
  void Put(int64_t pid, int64_t parent, int64_t used = 0, int64_t waited = 0,
           const std::string& state = "S") {
    std::filesystem::create_directories(Concat(folder_.path(), "/", pid));
    std::ofstream(Concat(folder_.path(), "/", pid, "/stat"))
        << pid << " (a) name) " << state << " " << parent << " 0 0 0 0 0 0 0 0 0 " << used << " 0 "
        << waited << " 0 20 0 1 0 " << 1000 + pid << " 0\n";
  }
  void Remove(int64_t pid) { std::filesystem::remove_all(Concat(folder_.path(), "/", pid)); }
  static std::vector<int64_t> Pids(const std::vector<ProcessFacts>& members) {
    std::vector<int64_t> pids;
    for (const ProcessFacts& member : members) pids.push_back(member.pid);
    return pids;
  }

  TemporaryFolder folder_;
};

TEST_F(ProcessTreeTest, ReadsWhatProcTells) {
  Put(7, 3, 11, 5, "Z");
  const std::optional<ProcessFacts> facts = ReadProcessFacts(folder_.path(), 7);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->parent, 3);
  EXPECT_TRUE(facts->is_dead);
  EXPECT_EQ(facts->used, 11);
  EXPECT_EQ(facts->waited, 5);
  EXPECT_EQ(facts->started, 1007);
  EXPECT_FALSE(ReadProcessFacts(folder_.path(), 8));
}

TEST_F(ProcessTreeTest, ParentsComeBeforeTheirChildrenAndStrangersNotAtAll) {
  Put(1, 0);
  Put(10, 1);
  Put(20, 10);
  Put(5, 20);  // a number that wrapped
  Put(11, 1);
  Put(12, 11);
  ProcessTree tree(10, folder_.path());
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10, 20, 5));
  Put(30, 5);
  Put(31, 12);
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10, 20, 5, 30));
}

TEST_F(ProcessTreeTest, WhoseParentHasEndedStaysAMember) {
  Put(10, 1);
  Put(20, 10);
  Put(21, 20);
  ProcessTree tree(10, folder_.path());
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10, 20, 21));
  Remove(20);
  Put(21, 10);  // the subreaper has it now
  Put(22, 21);
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10, 21, 22));
  Remove(10);
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(21, 22));
}

// Seen only after its parent had ended.
TEST_F(ProcessTreeTest, AnOrphanThatTheSubreaperTookIsAMember) {
  Put(10, 1);
  ProcessTree tree(10, folder_.path());
  tree.Look();
  Put(40, 39);  // 39 has ended, and 40 has no new parent yet
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10));
  Put(40, 10);
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10, 40));
}

TEST_F(ProcessTreeTest, ANumberThatIsUsedAgainIsLookedAtAnew) {
  Put(1, 0);
  Put(10, 1);
  Put(20, 1);
  ProcessTree tree(10, folder_.path());
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10));
  Remove(20);
  tree.Look();
  Put(20, 10);
  EXPECT_THAT(Pids(tree.Look()), ElementsAre(10, 20));
}

TEST(OwnerOfProcessTest, IsItsRealUser) {
  EXPECT_EQ(OwnerOfProcess(getpid()), getuid());
  EXPECT_EQ(OwnerOfProcess(1), 0u);
  EXPECT_EQ(OwnerOfProcess(0), std::nullopt);
}

}  // namespace
}  // namespace powerdown
