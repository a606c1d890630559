#include "server/rpc/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/notification.h"

namespace powerdown {
namespace {

TEST(WorkerPoolTest, DoesWhatItAcceptedBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool(2, 100);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.TryPost([&] { ++done; }) || done > 0);
  }
  EXPECT_EQ(done, 100);
}

TEST(WorkerPoolTest, RunsAsManyTasksAtOnceAsItHasThreads) {
  auto* barrier = new absl::Barrier(4);  // the last to leave deletes it
  WorkerPool pool(3, 10);
  const auto meet = [barrier] {
    if (barrier->Block()) delete barrier;
  };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.TryPost(meet));
  meet();
}

TEST(WorkerPoolTest, RefusesWhatItsQueueCannotHold) {
  absl::Notification started;
  absl::Notification release;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.TryPost([&] {
    started.Notify();
    release.WaitForNotification();
  }));
  started.WaitForNotification();
  EXPECT_TRUE(pool.TryPost([] {}));
  EXPECT_TRUE(pool.TryPost([] {}));
  EXPECT_FALSE(pool.TryPost([] {}));
  release.Notify();
}

}  // namespace
}  // namespace powerdown
