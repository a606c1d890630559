#include "server/meter/meter_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/meter/rapl_zone.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class MeterSearchTest : public ::testing::Test {
 protected:
  void AddRapl() { AddRaplZone(folder_.path()); }
  static Instant At(double seconds) { return {.monotonic = absl::Seconds(seconds)}; }
  static std::vector<std::string> Sources(const BoxMeters& box) {
    std::vector<std::string> sources;
    for (const auto& meter : box.meters) sources.push_back(meter->description().source);
    return sources;
  }
  // The search is on another thread: until it has found something.
  BoxMeters Found(double at, int64_t returned = 0) {
    std::optional<BoxMeters> found;
    while (!found) found = search_.Tick(At(at), returned);
    return std::move(*found);
  }

  TemporaryFolder folder_;
  MeterSearch search_{{.sysfs_root = folder_.path(),
                       .procfs_root = folder_.path(),
                       .nvml = {.library = "libno-such-nvml.so.1"},
                       .rated_cpu = Watts(65)}};
};

TEST_F(MeterSearchTest, AZoneThatCanBeReadLaterIsFoundWithTheNextSearch) {
  EXPECT_THAT(Sources(search_.Find(At(0))), ElementsAre("estimate"));
  AddRapl();
  EXPECT_FALSE(search_.Tick(At(29), 0));
  const BoxMeters found = Found(30);
  EXPECT_THAT(Sources(found), ElementsAre("rapl"));
  EXPECT_FALSE(found.statuses.empty());
  for (const MeterStatus& status : found.statuses) {
    EXPECT_EQ(status.is_used, status.description.source == "rapl") << status.reason;
  }
  EXPECT_THAT(Sources(Found(61)), IsEmpty());  // it is known
}

TEST_F(MeterSearchTest, ASensorThatReturnsIsReasonToSearchAtOnce) {
  search_.Find(At(0));
  AddRapl();
  EXPECT_THAT(Sources(Found(1, 1)), ElementsAre("rapl"));
  EXPECT_FALSE(search_.Tick(At(2), 1));
}

}  // namespace
}  // namespace powerdown
