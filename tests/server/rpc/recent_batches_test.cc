#include "server/rpc/recent_batches.h"

#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/notification.h"

namespace powerdown {
namespace {

using Batch = RecentBatches::Batch;

RecentBatches::Key KeyAt(int64_t start, int64_t newest = 100) {
  return {"01a", start, newest};
}

// Counts how often it is asked.
class CountedReader {
 public:
  explicit CountedReader(Batch batch) : batch_(std::move(batch)) {}
  RecentBatches::Reader reader() {
    return [this](const RecentBatches::Key&) {
      ++reads_;
      return absl::StatusOr<Batch>(batch_);
    };
  }
  int reads() const { return reads_; }

 private:
  const Batch batch_;
  int reads_ = 0;
};

TEST(RecentBatchesTest, WhatOneReadOthersFind) {
  RecentBatches batches;
  CountedReader full({.updates = 2, .next_revision = 7, .is_full = true});
  EXPECT_EQ((*batches.Get(KeyAt(5), full.reader()))->next_revision, 7);
  EXPECT_EQ((*batches.Get(KeyAt(5), full.reader()))->next_revision, 7);
  // What came later does not belong into a full one.
  EXPECT_EQ((*batches.Get(KeyAt(5, 101), full.reader()))->next_revision, 7);
  EXPECT_EQ(full.reads(), 1);
  CountedReader part({.updates = 1, .next_revision = 9});
  for (int64_t newest : {100, 100, 101}) {
    ASSERT_TRUE(batches.Get(KeyAt(8, newest), part.reader()).ok());
  }
  EXPECT_EQ(part.reads(), 2);
}

TEST(RecentBatchesTest, NothingAndErrorsAreNotKept) {
  RecentBatches batches;
  CountedReader nothing({.next_revision = 5});
  for (int i = 0; i < 2; ++i) EXPECT_EQ((*batches.Get(KeyAt(5), nothing.reader()))->updates, 0);
  EXPECT_EQ(nothing.reads(), 2);
  const auto fail = [](const RecentBatches::Key&) {
    return absl::StatusOr<Batch>(absl::InternalError("disk"));
  };
  batches.ReadAhead(KeyAt(5), fail);
  EXPECT_EQ(batches.Get(KeyAt(5), fail).status().message(), "disk");
  CountedReader some({.updates = 1});
  EXPECT_EQ((*batches.Get(KeyAt(5), some.reader()))->updates, 1);
}

TEST(RecentBatchesTest, WhoAsksForWhatIsBeingReadWaitsForIt) {
  RecentBatches batches;
  absl::Notification begun;
  absl::Notification go_on;
  std::thread ahead([&] {
    batches.ReadAhead(KeyAt(5), [&](const RecentBatches::Key&) {
      begun.Notify();
      go_on.WaitForNotification();
      return absl::StatusOr<Batch>(Batch{.updates = 1, .next_revision = 6});
    });
  });
  begun.WaitForNotification();
  CountedReader second({.updates = 1, .next_revision = 6});
  std::thread other(
      [&] { EXPECT_EQ((*batches.Get(KeyAt(5), second.reader()))->next_revision, 6); });
  batches.ReadAhead(KeyAt(5), second.reader());  // does not wait
  go_on.Notify();
  ahead.join();
  other.join();
  EXPECT_EQ(second.reads(), 0);
}

// Batches of `size` bytes, each of one update, as a long run has.
class LongRun {
 public:
  explicit LongRun(size_t size) : bytes_(size, 'x') {}
  absl::StatusOr<Batch> Read(const RecentBatches::Key& key) {
    ++reads_;
    const grpc::Slice slice(bytes_);
    return Batch{.message = grpc::ByteBuffer(&slice, 1),
                 .updates = 1,
                 .next_revision = key.start_revision + 1,
                 .is_full = true};
  }
  RecentBatches::Reader reader() {
    return [this](const RecentBatches::Key& key) { return Read(key); };
  }
  int reads() const { return reads_; }

 private:
  const std::string bytes_;
  int reads_ = 0;
};

TEST(RecentBatchesTest, AFewAreReadAheadUntilOneIsNotFull) {
  RecentBatches batches;
  LongRun run(10);
  batches.ReadAhead(KeyAt(0), run.reader());
  EXPECT_EQ(run.reads(), 4);
  batches.ReadAhead(KeyAt(1), run.reader());  // three of them are there
  EXPECT_EQ(run.reads(), 5);
  CountedReader last({.updates = 1, .next_revision = 9});
  batches.ReadAhead(KeyAt(8), last.reader());
  EXPECT_EQ(last.reads(), 1);
}

TEST(RecentBatchesTest, KeepsTheLastOnesOnlyByNumberAndBytes) {
  for (const auto& [size, kept] : {std::pair<size_t, int>(10, 512), {1 << 20, 32}}) {
    RecentBatches batches;
    LongRun run(size);
    for (int64_t start = 0; start <= kept; ++start) {
      ASSERT_TRUE(batches.Get(KeyAt(start), run.reader()).ok());
    }
    ASSERT_TRUE(batches.Get(KeyAt(1), run.reader()).ok());
    EXPECT_EQ(run.reads(), kept + 1);
    ASSERT_TRUE(batches.Get(KeyAt(0), run.reader()).ok());
    EXPECT_EQ(run.reads(), kept + 2);
  }
}

}  // namespace
}  // namespace powerdown
