#include <numeric>

#include "tests/server/rpc/rpc_fixture.h"

namespace powerdown {
namespace {

using RunWatchTest = RpcTest;

bool AscendsWithoutRepeats(const std::vector<int64_t>& revisions) {
  return std::adjacent_find(revisions.begin(), revisions.end(), std::greater_equal<>()) ==
         revisions.end();
}

TEST_F(RunWatchTest, SendsEverythingAndEndsWithTheRun) {
  const std::string run_id = Submit();
  Report(run_id, 1, 20);
  EndRun(run_id);
  TestWatch watch(runs_.get(), run_id);
  const std::vector<int64_t> revisions = watch.RevisionsUntilTheEnd();
  EXPECT_EQ(revisions.size(), store_->updates().Read(run_id, 0, 1000)->size());
  EXPECT_TRUE(AscendsWithoutRepeats(revisions));
  EXPECT_TRUE(watch.has_ended());
  EXPECT_TRUE(watch.Finish().ok());
}

TEST_F(RunWatchTest, ResumesAtTheGivenRevision) {
  const std::string run_id = Submit();
  Report(run_id, 1, 20);
  EndRun(run_id);
  const std::vector<int64_t> all = TestWatch(runs_.get(), run_id).RevisionsUntilTheEnd();
  ASSERT_GE(all.size(), 20u);
  for (size_t i : {size_t{0}, size_t{7}, all.size() - 1}) {
    TestWatch watch(runs_.get(), run_id, all[i]);
    EXPECT_EQ(watch.RevisionsUntilTheEnd(), std::vector<int64_t>(all.begin() + i, all.end()));
  }
}

TEST_F(RunWatchTest, TwoWatchersSeeWhatIsCommittedWhileTheyWatch) {
  const std::string run_id = Submit();
  Report(run_id, 1, 1);
  TestWatch first(runs_.get(), run_id);
  const std::unique_ptr<v1::RunService::Stub> other = v1::RunService::NewStub(channel_);
  TestWatch second(other.get(), run_id.substr(0, 20));
  first.RevisionsUntil(1);
  for (int64_t step = 2; step <= 40; ++step) Report(run_id, step, step);
  EndRun(run_id);
  const std::vector<int64_t> seen = first.RevisionsUntilTheEnd();
  EXPECT_GE(seen.size(), 40u);
  EXPECT_TRUE(AscendsWithoutRepeats(seen));
  EXPECT_EQ(second.RevisionsUntilTheEnd(), seen);
}

TEST_F(RunWatchTest, UpdatesOfOtherRunsAreNotSent) {
  const std::string mine = Submit();
  const std::string other = Submit();
  Report(other, 1, 5);
  Report(mine, 1, 3);
  EndRun(mine);
  TestWatch watch(runs_.get(), mine);
  while (const auto message = watch.Next()) {
    for (const v1::RunUpdate& update : message->updates()) {
      EXPECT_EQ(update.has_report() ? update.report().run_id() : update.event().run_id(), mine);
    }
  }
  EXPECT_TRUE(watch.Finish().ok());
}

TEST_F(RunWatchTest, SlowReaderGetsEverythingInBatches) {
  const std::string run_id = Submit();
  TestWatch slow(runs_.get(), run_id);
  for (int64_t first = 1; first <= 25000; first += 250) Report(run_id, first, first + 249);
  EndRun(run_id);
  const std::vector<int64_t> seen = slow.RevisionsUntilTheEnd();
  EXPECT_GE(seen.size(), 25000u);
  EXPECT_TRUE(AscendsWithoutRepeats(seen));
  EXPECT_LT(slow.messages(), 150);
  EXPECT_TRUE(slow.Finish().ok());
}

TEST_F(RunWatchTest, QuietRunSendsProgressEveryThreeSeconds) {
  const std::string run_id = Submit();
  TestWatch watch(runs_.get(), run_id, *store_->updates().NewestRevision() + 1);
  const auto at_once = watch.Next();
  ASSERT_TRUE(at_once.has_value());
  EXPECT_EQ(at_once->updates_size(), 0);
  EXPECT_EQ(at_once->progress_revision(), *store_->updates().NewestRevision());
  // Silence counts from the last message: a tick may come before it is noted.
  const std::string other = Submit();
  Report(other, 1, 3);
  clock_.Advance(absl::Seconds(3));
  server_->Tick(clock_.Now());
  const auto later = watch.Next();
  ASSERT_TRUE(later.has_value());
  EXPECT_EQ(later->updates_size(), 0);
  EXPECT_EQ(later->progress_revision(), *store_->updates().NewestRevision());
}

TEST_F(RunWatchTest, CancelledWatchIsForgotten) {
  const std::string run_id = Submit();
  Report(run_id, 1, 1);
  {
    TestWatch watch(runs_.get(), run_id);
    watch.RevisionsUntil(1);
    EXPECT_EQ(feed_.watchers(), 1u);
    watch.Cancel();
    EXPECT_EQ(watch.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Becomes([&] { return feed_.watchers() == 0 && !server_->has_calls(); }));
}

TEST_F(RunWatchTest, WhatCannotBeWatchedIsRefusedWithAReason) {
  const std::string run_id = Submit();
  TestWatch unknown(runs_.get(), "0zzz");
  EXPECT_FALSE(unknown.Next().has_value());
  const grpc::Status not_found = unknown.Finish();
  EXPECT_EQ(not_found.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ErrorInfoOf(not_found).metadata().at("run_id"), "0zzz");

  TestWatch future(runs_.get(), run_id, *store_->updates().NewestRevision() + 2);
  EXPECT_FALSE(future.Next().has_value());
  EXPECT_EQ(future.Finish().error_code(), grpc::StatusCode::OUT_OF_RANGE);

  TestWatch negative(runs_.get(), run_id, -1);
  EXPECT_FALSE(negative.Next().has_value());
  EXPECT_EQ(negative.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RunWatchTest, ShutdownSendsWhatIsDurableAndSaysSo) {
  const std::string run_id = Submit();
  TestWatch watch(runs_.get(), run_id);
  watch.Next();
  Report(run_id, 1, 3000);
  std::thread shutdown([&] { server_->Shutdown(absl::Seconds(10)); });
  EXPECT_GE(watch.RevisionsUntilTheEnd().size(), 3000u);
  EXPECT_FALSE(watch.has_ended());
  const grpc::Status status = watch.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ErrorInfoOf(status).domain(), "powerdown");
  shutdown.join();
}

}  // namespace
}  // namespace powerdown
