#include "server/store/integrity_check.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "server/store/backup.h"
#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

class IntegrityCheckTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = DatabasePath(folder_.path());
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
  IntegrityCheck check_{path_};
};

TEST_F(IntegrityCheckTest, WhoeverAsksDoesNotWaitLongerThanItWants) {
  const IntegrityCheck::Finding first = check_.Ask(absl::ZeroDuration());
  EXPECT_TRUE(first.is_under_way);
  EXPECT_FALSE(first.last.has_value());
  check_.Work();
  const IntegrityCheck::Finding second = check_.Ask(absl::ZeroDuration());
  EXPECT_TRUE(second.is_under_way);  // anew
  EXPECT_TRUE(second.last.value().ok());
}

TEST_F(IntegrityCheckTest, TheAnswerComesFromTheOtherThread) {
  std::thread side([&] {
    for (IntegrityCheck::Finding found; !found.last;) {
      check_.Work();
      found = check_.Ask(absl::ZeroDuration());
    }
  });
  EXPECT_TRUE(check_.Ask(absl::Seconds(30)).last.value().ok());
  side.join();
}

TEST_F(IntegrityCheckTest, DamageIsFound) {
  store_.reset();
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(4096, 'x');
  file.close();
  check_.Ask(absl::ZeroDuration());
  check_.Work();
  EXPECT_TRUE(absl::IsDataLoss(check_.Ask(absl::ZeroDuration()).last.value()));
}

TEST_F(IntegrityCheckTest, AStoppedOneSaysNothing) {
  check_.Ask(absl::ZeroDuration());
  check_.Stop();
  check_.Work();
  EXPECT_FALSE(check_.Ask(absl::ZeroDuration()).last.has_value());
}

}  // namespace
}  // namespace powerdown
