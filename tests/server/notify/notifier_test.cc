#include "server/notify/notifier.h"

#include <gmock/gmock.h>

#include "common/base/json.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() { InsertOrDie(*store_, ExampleRun("01a")); }

  void Happen(const std::string& kind) {
    RunEvent event;
    event.run_id = "01a";
    event.kind = Named<EventKind>::Parse(kind);
    event.time = ExampleTime(1);
    event.message = kind + " at step 5";
    event.step = 5;
    store_->group().Append(event);
    EXPECT_TRUE(store_->group().Commit().ok());
  }
  std::unique_ptr<Notifier> Start(absl::Duration idle_after = absl::InfiniteDuration()) {
    auto notifier = std::make_unique<Notifier>(
        store_.get(), idle_after,
        [this](const Notice& notice) {
          tried_.push_back(notice.id);
          if (is_down_) return absl::UnavailableError("down");
          events_.push_back(notice.event);
          last_ = notice;
          return absl::OkStatus();
        },
        [this](const std::string& problem) { problems_.push_back(problem); });
    notifier->Deliver(now_, false);
    return notifier;
  }

  std::unique_ptr<Store> store_ = OpenOrDie();
  absl::Time now_ = ExampleTime(0);
  bool is_down_ = false;
  std::vector<std::string> tried_, events_, problems_;
  Notice last_;
};

TEST_F(NotifierTest, ASensorIsNoRuns) {
  const auto notifier = Start();
  RunEvent event;
  event.kind = EventKind::kSensorLost;
  event.time = ExampleTime(1);
  event.message = "rapl gives no reading of cpu";
  store_->group().Append(event);
  ASSERT_TRUE(store_->group().Commit().ok());
  notifier->Deliver(now_, false);
  EXPECT_THAT(events_, ElementsAre("sensor-lost"));
  EXPECT_THAT(NoticeText(last_), HasSubstr("rapl gives no reading of cpu"));
  EXPECT_THAT(NoticeText(last_), Not(HasSubstr("run_id")));
}

TEST_F(NotifierTest, TellsWhatMattersInOrderAndNothingElse) {
  Happen("grokked");
  const auto notifier = Start();
  EXPECT_THAT(events_, IsEmpty());  // from before notices were asked for
  for (const char* kind : {"checkpoint", "grokked", "decision", "stopped", "budget"}) Happen(kind);
  notifier->Deliver(now_, false);
  EXPECT_THAT(events_, ElementsAre("grokked", "stopped", "budget"));
  EXPECT_EQ(last_.run_name, "a run");
  EXPECT_EQ(last_.owner, "ada");
}

TEST_F(NotifierTest, WhatWasNotTakenIsSentAgainWithItsIdAndHoldsTheRestUp) {
  const auto notifier = Start();
  is_down_ = true;
  Happen("grokked");
  Happen("stopped");
  notifier->Deliver(now_, false);
  notifier->Deliver(now_ + absl::Milliseconds(900), false);
  EXPECT_EQ(tried_.size(), 1u);
  is_down_ = false;
  notifier->Deliver(now_ + absl::Seconds(1), false);
  EXPECT_EQ(tried_.size(), 3u);
  EXPECT_EQ(tried_[0], tried_[1]);
  EXPECT_THAT(events_, ElementsAre("grokked", "stopped"));
  EXPECT_EQ(problems_.size(), 1u);
}

TEST_F(NotifierTest, ACrashLosesNothing) {
  Start();
  Happen("grokked");
  {
    is_down_ = true;
    const auto crashed = Start();
    EXPECT_EQ(tried_.size(), 1u);
  }
  is_down_ = false;
  Start();
  EXPECT_THAT(events_, ElementsAre("grokked"));
  Start();
  EXPECT_EQ(events_.size(), 1u);
}

TEST_F(NotifierTest, LeavesANoticeOutAfterADayThatNobodyTookIt) {
  const auto notifier = Start();
  is_down_ = true;
  Happen("failed");
  for (int minute = 0; minute <= 25 * 60; ++minute) {
    notifier->Deliver(now_ + absl::Minutes(minute), false);
  }
  is_down_ = false;
  notifier->Deliver(now_ + absl::Hours(26), false);
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_THAT(problems_.back(), ::testing::HasSubstr("dropped after a day"));
}

TEST_F(NotifierTest, TellsOnceThatTheQueueHasBeenEmptyForAWhile) {
  const auto notifier = Start(absl::Minutes(10));
  for (int minute = 0; minute < 30; ++minute) {
    notifier->Deliver(now_ + absl::Minutes(minute), true);
  }
  EXPECT_THAT(events_, ElementsAre("idle"));
  notifier->Deliver(now_ + absl::Minutes(31), false);
  for (int minute = 32; minute < 50; ++minute) {
    notifier->Deliver(now_ + absl::Minutes(minute), true);
  }
  EXPECT_THAT(events_, ElementsAre("idle", "idle"));
}

TEST_F(NotifierTest, SaysNothingOfRunsThatWereRecordedOrImported) {
  const auto notifier = Start();
  powerdown::Run imported = ExampleRun("01a", 1);
  imported.run_id = "01b";
  imported.origin = "imported";
  InsertOrDie(*store_, imported);
  RunEvent event{.run_id = "01b", .time = ExampleTime(1), .kind = EventKind::kGrokked};
  store_->group().Append(event);
  ASSERT_TRUE(store_->group().Commit().ok());
  notifier->Deliver(now_, false);
  EXPECT_THAT(events_, IsEmpty());
}

TEST(NoticeTextTest, IsOneJsonObject) {
  const auto json = nlohmann::json::parse(
      NoticeText({.id = "event-7", .event = "grokked", .run_id = "01a", .step = 580}));
  EXPECT_EQ(json.at("id"), "event-7");
  EXPECT_EQ(json.at("step"), 580);
  EXPECT_EQ(json.at("owner"), "");
}

TEST_F(NotifierTest, WhatDoesNotFitIntoMemoryWaitsInTheStoreAndIsSentInOrder) {
  const auto notifier = Start();
  is_down_ = true;
  for (int i = 0; i < 5000; ++i) {
    RunEvent event;
    event.run_id = "01a";
    event.kind = EventKind::kFailed;
    event.time = ExampleTime(1);
    event.message = std::to_string(i);
    store_->group().Append(event);
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  notifier->Deliver(now_, false);
  EXPECT_LE(notifier->waiting(), 2000u);
  is_down_ = false;
  for (int i = 1; i <= 10; ++i) notifier->Deliver(now_ + absl::Minutes(i), false);
  EXPECT_EQ(events_.size(), 5000u);
  EXPECT_EQ(last_.message, "4999");
}

}  // namespace
}  // namespace powerdown
