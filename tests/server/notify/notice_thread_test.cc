#include "server/notify/notice_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"

namespace powerdown {
namespace {

// Issue 17: a receiver that hung kept the daemon from ending.
TEST(NoticeThreadTest, EndsThoughADeliveryHangs) {
  const auto store = *Store::Open({.path = ":memory:"});
  absl::Notification begun, stopped;
  const NoticeSender sender = {[&](const Notice&) -> absl::Status {
                                 begun.Notify();
                                 stopped.WaitForNotification();
                                 return absl::CancelledError("stopped");
                               },
                               [&] { stopped.Notify(); }};
  {
    NoticeThread thread(store.get(), absl::ZeroDuration(), sender, [](const std::string&) {});
    thread.Tick(absl::FromUnixSeconds(1), /*is_idle=*/true);
    begun.WaitForNotification();
  }
  EXPECT_TRUE(stopped.HasBeenNotified());
}

}  // namespace
}  // namespace powerdown
