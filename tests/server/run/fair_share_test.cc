#include "server/run/fair_share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Run Queued(const std::string& run_id, const std::string& owner) {
  Run run;
  run.run_id = run_id;
  run.owner = owner;
  run.max_steps = 100;
  return run;
}

TEST(FairShareTest, WhoeverUsedTheLeastRecentlyGoesFirst) {
  FairShare shares;
  shares.Add("ada", Joules(1000), absl::ZeroDuration());
  const std::vector<powerdown::Run> queued = {Queued("a", "ada"), Queued("b", "grace")};
  const auto order = shares.Order(queued, {}, {}, {.free_places = 1}, absl::ZeroDuration());
  ASSERT_EQ(order.size(), 2u);
  EXPECT_EQ(queued[order[0].index].owner, "grace");
}

TEST(FairShareTest, RecentUseIsRecalledFromTheLastRunsByTheirAge) {
  powerdown::Run old = Queued("a", "ada");
  old.ended_at = absl::FromUnixSeconds(0);
  old.energy = EnergyFigure{.gross = Joules(1000)};
  powerdown::Run recent = Queued("b", "grace");
  recent.energy = EnergyFigure{.gross = Joules(500)};
  Instant now;
  now.wall = absl::FromUnixSeconds(0) + 10 * RecentEnergy::kHalfLife;
  now.monotonic = 10 * RecentEnergy::kHalfLife;
  recent.ended_at = now.wall;
  FairShare shares;
  shares.Recall({recent, old}, now);
  const std::vector<powerdown::Run> queued = {Queued("c", "grace"), Queued("d", "ada")};
  const auto order = shares.Order(queued, {}, {}, {.free_places = 1}, now.monotonic);
  EXPECT_EQ(queued[order[0].index].owner, "ada") << "what she used is long ago";
}

TEST(FairShareTest, AnOwnerWhoIsHeldBackSaysWhy) {
  const std::vector<powerdown::Run> queued = {Queued("a", "ada"), Queued("b", "grace")};
  const auto order =
      FairShare().Order(queued, {}, {{"ada", "used up"}}, {.free_places = 2}, absl::ZeroDuration());
  EXPECT_EQ(queued[order[0].index].owner, "grace");
  EXPECT_EQ(order[1].reason, "used up");
}

TEST(FairShareTest, PlacesAreToldWithTheLatestStart) {
  const std::vector<powerdown::Run> queued = {Queued("a", "ada"), Queued("b", "ada")};
  const std::vector<QueuePlace> order = {{0, "waits for a free worker"}, {1, ""}};
  const RunningRun running{.owner = "ada", .step = absl::Seconds(1), .steps_left = 30};
  const auto starts = ExpectedStarts(queued, order, {running}, 0);
  EXPECT_THAT(starts, ElementsAre(absl::Seconds(30), absl::Seconds(130)));
  const auto texts = PlaceTexts(queued, order, starts);
  EXPECT_EQ(texts.at("a"), "place 1 of 2, waits for a free worker, starts within 30s");
  EXPECT_EQ(texts.at("b"), "place 2 of 2, starts within 2m10s");
  EXPECT_THAT(ExpectedStarts(queued, order, {RunningRun{.owner = "ada"}}, 0), IsEmpty())
      << "nobody knows yet how long a step takes";
}

}  // namespace
}  // namespace powerdown
