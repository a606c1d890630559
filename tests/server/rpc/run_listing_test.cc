#include "server/rpc/run_listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

v1::ListRunsRequest WithFilter(const std::string& filter) {
  v1::ListRunsRequest request;
  request.set_filter(filter);
  return request;
}

TEST(RunListingTest, PageSizeHasADefaultAndACap) {
  EXPECT_EQ(*PageSize(0), 50);
  EXPECT_EQ(*PageSize(7), 7);
  EXPECT_EQ(*PageSize(5000), 1000);
  const absl::Status negative = PageSize(-1).status();
  EXPECT_EQ(negative.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(negative.message()), HasSubstr("page_size: value is -1"));
}

TEST(RunListingTest, FilterConditionsAreJoined) {
  const auto filter =
      ReadListing(WithFilter(R"(state = "running" AND owner="ada" AND  tag = two-words )"));
  ASSERT_TRUE(filter.ok()) << filter.status();
  EXPECT_EQ(filter->state, RunState::kRunning);
  EXPECT_EQ(filter->owner, "ada");
  EXPECT_EQ(filter->tag, "two-words");
  EXPECT_EQ(filter->limit, 50);
}

TEST(RunListingTest, QuotedValuesMayHoldSpacesAndAnd) {
  const auto filter = ReadListing(WithFilter(R"(tag = "a AND b")"));
  ASSERT_TRUE(filter.ok());
  EXPECT_EQ(filter->tag, "a AND b");
}

TEST(RunListingTest, MalformedFiltersAreRefusedWithWhatIsAllowed) {
  for (const char* bad : {"state", "state =", "state \"running\"", "colour = \"red\"",
                          "owner = \"ada\" OR tag = \"x\"", "owner = \"ada\" AND", "owner = \"ada",
                          "AND", "state = \"asleep\"", "owner = ada tag = x"}) {
    const absl::Status status = ReadListing(WithFilter(bad)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("allowed")) << bad;
  }
}

TEST(RunListingTest, OnlyOneOrderIsKnown) {
  v1::ListRunsRequest request;
  request.set_order_by("created_at desc");
  EXPECT_TRUE(ReadListing(request).ok());
  request.set_order_by("name");
  EXPECT_THAT(std::string(ReadListing(request).status().message()), HasSubstr("created_at desc"));
}

// Whatever is listed: runs, summaries, the audit.
TEST(RunListingTest, APageEndsWithTheItemThatFillsIt) {
  const auto added = [](const std::vector<size_t>& sizes) {
    v1::ListRunSummariesResponse page;
    const size_t count = FillPage(sizes, *page.mutable_runs(), [](size_t size) {
      v1::RunOverview wire;
      wire.set_hardware(std::string(size, 'x'));
      return wire;
    });
    EXPECT_EQ(count, static_cast<size_t>(page.runs_size()));
    return count;
  };
  EXPECT_EQ(added({}), 0u);
  EXPECT_EQ(added({kMostPageBytes * 3, 1}), 1u);  // one always fits
  EXPECT_EQ(added({kMostPageBytes / 3, kMostPageBytes / 3, kMostPageBytes / 3 + 1, 1}), 2u);
  EXPECT_EQ(added({1, 2, 3}), 3u);
}

TEST(RunListingTest, PageTokenComesBack) {
  v1::ListRunsRequest request;
  request.set_page_token(PageTokenAfter("01h455vb4pex5vsknk084sn02q"));
  EXPECT_EQ(ReadListing(request)->before_run_id, "01h455vb4pex5vsknk084sn02q");
  for (const char* bad : {"!!", "01h455vb4pex5vsknk084sn02q", "YWZ0ZXI6"}) {
    request.set_page_token(bad);
    EXPECT_EQ(ReadListing(request).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace powerdown
