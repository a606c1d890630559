#include "server/run/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace powerdown {
namespace {

using ::testing::ElementsAre;

TEST(FeedTest, TellsEachNewerRevisionOnce) {
  Feed feed;
  std::vector<int64_t> told;
  feed.Subscribe([&](int64_t revision) { told.push_back(revision); });
  feed.Publish(3);
  feed.Publish(3);
  feed.Publish(2);
  feed.Publish(7);
  EXPECT_THAT(told, ElementsAre(3, 7));
  EXPECT_EQ(feed.newest_revision(), 7);
}

TEST(FeedTest, NotifyTellsTheSameRevisionAgain) {
  Feed feed;
  std::vector<int64_t> told;
  feed.Subscribe([&](int64_t revision) { told.push_back(revision); });
  feed.Publish(3);
  feed.Notify();
  EXPECT_THAT(told, ElementsAre(3, 3));
}

TEST(FeedTest, UnsubscribedListenerIsNotCalledAgain) {
  Feed feed;
  int calls = 0;
  const int64_t handle = feed.Subscribe([&](int64_t) { ++calls; });
  feed.Publish(1);
  feed.Unsubscribe(handle);
  feed.Publish(2);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(feed.watchers(), 0u);
}

}  // namespace
}  // namespace powerdown
