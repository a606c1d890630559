#include "server/store/point_stream.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/server/store/many_reports.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

class PointStreamTest : public ::testing::Test {
 protected:
  PointStreamTest() {
    for (const char* id : {"01a", "01b"}) InsertOrDie(*store_, ExampleRun(id));
  }
  std::vector<int64_t> Revisions(int64_t first, size_t readers) {
    std::vector<int64_t> revisions;
    const auto last = store_->updates().ForEachSlice("01a", first, readers, nullptr,
                                                     [&](std::span<const ReportPoint> points) {
                                                       for (const ReportPoint& point : points)
                                                         revisions.push_back(point.revision);
                                                     });
    EXPECT_TRUE(last.ok()) << last.status();
    return revisions;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
};

TEST_F(PointStreamTest, SeveralReadersGiveTheOrderOfOne) {
  constexpr int64_t kSlice = PointStream::kPointsASlice;
  AddReports(path_, "01a", 1, 2 * kSlice + 100);
  AddReports(path_, "01b", 2 * kSlice + 101, kSlice);
  AddReports(path_, "01a", 3 * kSlice + 101, kSlice);
  for (const int64_t first : {int64_t{0}, int64_t{17}, kSlice + 1, 3 * kSlice + 200}) {
    std::vector<int64_t> expected;
    for (int64_t i = std::max<int64_t>(1, first); i <= 4 * kSlice + 100; ++i) {
      if (i <= 2 * kSlice + 100 || i > 3 * kSlice + 100) expected.push_back(i);
    }
    for (const size_t readers : {1, 2, 5}) {
      EXPECT_TRUE(Revisions(first, readers) == expected) << first << ", " << readers << " readers";
    }
  }
}

TEST_F(PointStreamTest, AWholeNumberOfSlicesEnds) {
  AddReports(path_, "01a", 1, 2 * PointStream::kPointsASlice);
  EXPECT_EQ(Revisions(0, 2).size(), static_cast<size_t>(2 * PointStream::kPointsASlice));
  EXPECT_TRUE(Revisions(2 * PointStream::kPointsASlice + 1, 2).empty());
}

TEST_F(PointStreamTest, EndsWithTheDaemon) {
  AddReports(path_, "01a", 1, 2 * PointStream::kPointsASlice);
  std::atomic<bool> is_stopped = false;
  int64_t read = 0;
  const auto last =
      store_->updates().ForEachSlice("01a", 0, 2, &is_stopped, [&](std::span<const ReportPoint> p) {
        read += static_cast<int64_t>(p.size());
        is_stopped = true;
      });
  EXPECT_TRUE(absl::IsCancelled(last.status()));
  EXPECT_EQ(read, PointStream::kPointsASlice);
}

}  // namespace
}  // namespace powerdown
