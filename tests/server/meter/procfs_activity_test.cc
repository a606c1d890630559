#include "server/meter/procfs_activity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

absl::Duration Ticks(int64_t ticks) {
  return absl::Seconds(1) * ticks / sysconf(_SC_CLK_TCK);
}

class ProcfsActivityTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = folder_.path() + "/" + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void WriteBox() {
    Write("stat",
          "cpu  100 20 30 4000 500 6 7 80 90 0\n"
          "cpu0 50 10 15 2000 250 3 3 40 45 0\n"
          "cpu1 50 10 15 2000 250 3 4 40 45 0\n"
          "intr 12345\n");
  }
  // 22 fields and more; the name may hold what it likes.
  void WriteProcess(int64_t pid, const std::string& name, int64_t user, int64_t system,
                    int64_t start) {
    Write(std::to_string(pid) + "/stat",
          std::to_string(pid) + " (" + name + ") S 1 2 3 4 5 6 7 8 9 10 " + std::to_string(user) +
              " " + std::to_string(system) + " 0 0 20 0 1 0 " + std::to_string(start) + " 99 98\n");
  }

  TemporaryFolder folder_;
  ProcfsActivity activity_{folder_.path()};
};

TEST_F(ProcfsActivityTest, CountsCoresAndWhatWasNotIdle) {
  WriteBox();
  const auto use = activity_.Read({});
  ASSERT_TRUE(use.ok()) << use.status();
  EXPECT_EQ(use->cores, 2);
  EXPECT_EQ(use->busy, Ticks(100 + 20 + 30 + 6 + 7));  // neither idle, iowait, steal nor guest
  EXPECT_TRUE(use->by_pid.empty());
}

TEST_F(ProcfsActivityTest, ReadsProcessesWhateverTheirNames) {
  WriteBox();
  WriteProcess(7, "python3", 40, 2, 1000);
  WriteProcess(8, "a) R 1 (b) c", 300, 30, 2000);
  const auto use = activity_.Read({7, 8, 9});
  ASSERT_TRUE(use.ok());
  ASSERT_EQ(use->by_pid.size(), 2u);  // 9 does not live
  EXPECT_EQ(use->by_pid.at(7).used, Ticks(42));
  EXPECT_EQ(use->by_pid.at(8).used, Ticks(330));
  EXPECT_EQ(use->by_pid.at(8).started, Ticks(2000));
}

TEST_F(ProcfsActivityTest, ATruncatedProcessIsNoProcess) {
  WriteBox();
  Write("7/stat", "7 (python3) S 1 2 3");
  EXPECT_TRUE(activity_.Read({7})->by_pid.empty());
}

TEST_F(ProcfsActivityTest, WithoutReadableTimesItIsUnavailable) {
  EXPECT_TRUE(absl::IsUnavailable(activity_.Read({}).status()));
  Write("stat", "cpu  1 2\n");
  EXPECT_TRUE(absl::IsUnavailable(activity_.Read({}).status()));
}

TEST_F(ProcfsActivityTest, ReadsThisMachine) {
  ProcfsActivity real("/proc");
  const auto use = real.Read({getpid()});
  ASSERT_TRUE(use.ok()) << use.status();
  EXPECT_GT(use->busy, absl::ZeroDuration());
  EXPECT_EQ(use->by_pid.count(getpid()), 1u);
}

TEST_F(ProcfsActivityTest, BusyTimeNeverGoesBack) {
  ProcfsActivity activity(folder_.path());
  const auto read = [&](int64_t user) {
    Write("stat", "cpu  " + std::to_string(user) + " 0 0 4000 0 0 0 0\ncpu0 1 0 0 4000 0 0 0 0\n");
    return activity.Read({})->busy;
  };
  const absl::Duration start = read(1000);
  EXPECT_EQ(read(1100) - start, Ticks(100));
  EXPECT_EQ(read(300) - start, Ticks(100));
  EXPECT_EQ(read(350) - start, Ticks(150));
}

TEST_F(ProcfsActivityTest, ABoxThatHidesItsTimeIsAsBusyAsItsProcessesAndElseUnknown) {
  Write("stat", "cpu  0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n");
  WriteProcess(7, "a", 10, 0, 5);
  ProcfsActivity activity(folder_.path());
  EXPECT_FALSE(activity.Read({}).ok());
  const absl::Duration start = activity.Read({7})->busy;
  WriteProcess(7, "a", 60, 10, 5);
  EXPECT_EQ(activity.Read({7})->busy - start, Ticks(60));
}

// Its leader waits for some, inherits others, and ends after all: nothing is lost or counted twice.
TEST_F(ProcfsActivityTest, ATreeIsMeteredToItsLastProcess) {
  const auto put = [&](int64_t pid, int64_t parent, int64_t used, int64_t waited) {
    Write(std::to_string(pid) + "/stat", std::to_string(pid) + " (x) S " + std::to_string(parent) +
                                             " 2 3 4 5 6 7 8 9 10 " + std::to_string(used) + " 0 " +
                                             std::to_string(waited) + " 0 20 0 1 0 " +
                                             std::to_string(pid * 10) + " 99 98\n");
  };
  const auto used = [&] { return activity_.Read({10, 90})->by_pid.at(10).used; };
  WriteBox();
  put(1, 0, 500, 0);
  put(90, 1, 1000, 300);  // stands for itself alone
  put(10, 1, 5, 0);
  put(20, 10, 100, 0);
  put(30, 20, 40, 7);
  activity_.SetTrees({10});
  EXPECT_EQ(used(), Ticks(152));
  EXPECT_EQ(activity_.Read({10, 90})->by_pid.at(90).used, Ticks(1000));
  EXPECT_EQ(activity_.Read({10})->by_pid.at(10).members, (std::vector<int64_t>{10, 20, 30}));
  std::filesystem::remove_all(folder_.path() + "/20");
  put(10, 1, 5, 110);  // waited for 20, which had used ten more
  put(30, 10, 50, 7);  // and inherited 30
  EXPECT_EQ(used(), Ticks(172));
  std::filesystem::remove_all(folder_.path() + "/30");
  put(10, 1, 6, 167);
  EXPECT_EQ(used(), Ticks(173));
  activity_.SetTrees({});
  EXPECT_EQ(used(), Ticks(6));
}

}  // namespace
}  // namespace powerdown
