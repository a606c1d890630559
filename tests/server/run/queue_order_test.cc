#include "server/run/queue_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> IdsOf(const std::vector<QueuedRun>& queued,
                               const std::vector<QueuePlace>& order) {
  std::vector<std::string> ids;
  for (const QueuePlace& place : order) ids.push_back(queued[place.index].run_id);
  return ids;
}

TEST(QueueOrderTest, OneUsersRunsStartInTheOrderOfTheirSubmission) {
  const std::vector<QueuedRun> queued = {{"1", "ada"}, {"2", "ada"}, {"3", "ada"}};
  EXPECT_THAT(IdsOf(queued, StartOrder(queued, {}, {.free_places = 1})),
              ElementsAre("1", "2", "3"));
}

TEST(QueueOrderTest, APriorityGoesBeforeAgeAndShare) {
  const std::vector<QueuedRun> queued = {{"1", "ada"}, {"2", "grace", -1}, {"3", "ada", 5}};
  const auto order = StartOrder(queued, {{"ada", {Joules(1e6), 0}}}, {.free_places = 3});
  EXPECT_THAT(IdsOf(queued, order), ElementsAre("3", "1", "2"));
}

TEST(QueueOrderTest, WhoUsedLessGoesFirstAndThenTheyTakeTurns) {
  const std::vector<QueuedRun> queued = {
      {"a1", "ada"}, {"a2", "ada"}, {"a3", "ada"}, {"g1", "grace"}, {"g2", "grace"}};
  const auto order =
      StartOrder(queued, {{"ada", {Joules(150), 0}}}, {.free_places = 1, .usual_run = Joules(100)});
  EXPECT_THAT(IdsOf(queued, order), ElementsAre("g1", "g2", "a1", "a2", "a3"));
  const auto even = StartOrder(queued, {}, {.free_places = 1, .usual_run = Joules(100)});
  EXPECT_THAT(IdsOf(queued, even), ElementsAre("a1", "g1", "a2", "g2", "a3"));
}

TEST(QueueOrderTest, AUserAtTheirLimitWaitsForTheirOwnAndLetsOthersPass) {
  const std::vector<QueuedRun> queued = {{"a1", "ada"}, {"a2", "ada"}, {"g1", "grace"}};
  const auto order =
      StartOrder(queued, {{"ada", {Joules(0), 1}}}, {.free_places = 2, .most_running_per_user = 1});
  EXPECT_THAT(IdsOf(queued, order), ElementsAre("g1", "a1", "a2"));
  EXPECT_EQ(order[0].reason, "");
  EXPECT_THAT(order[1].reason, HasSubstr("user ada runs 1 already; at most 1"));
}

TEST(QueueOrderTest, WhoeverWaitsIsToldForWhat) {
  const std::vector<QueuedRun> queued = {{"1", "ada"}, {"2", "ada"}, {"3", "ada"}};
  const auto order = StartOrder(queued, {}, {.free_places = 1});
  EXPECT_EQ(order[0].reason, "");
  EXPECT_EQ(order[1].reason, "waits behind 1 in the queue");
  EXPECT_EQ(StartOrder(queued, {}, {})[0].reason, "waits for a free worker");
}

TEST(QueueOrderTest, EnergyOfLongAgoCountsLess) {
  RecentEnergy energy;
  energy.Add(Joules(100), absl::Hours(1));
  EXPECT_EQ(energy.At(absl::Hours(1)), Joules(100));
  EXPECT_NEAR(energy.At(absl::Hours(7)).value(), 50, 1e-9);
  energy.Add(Joules(50), absl::Hours(7));
  EXPECT_NEAR(energy.At(absl::Hours(13)).value(), 50, 1e-9);
}

// Issue 7: within 10% after an hour, whatever one run of each costs.
TEST(QueueOrderTest, TwoUsersOnOneWorkerHaveUsedAsMuchAfterAnHour) {
  std::map<std::string, RecentEnergy> used;
  std::map<std::string, double> total;
  const std::vector<QueuedRun> queued = {{"a", "ada"}, {"b", "ada"}, {"c", "ada"}, {"g", "grace"}};
  absl::Duration now;
  while (now < absl::Hours(1)) {
    const auto order = StartOrder(
        queued, {{"ada", {used["ada"].At(now), 0}}, {"grace", {used["grace"].At(now), 0}}},
        {.free_places = 1, .usual_run = Joules(1000)});
    const bool is_adas = queued[order[0].index].owner == "ada";
    now += is_adas ? absl::Seconds(90) : absl::Seconds(20);
    const double joules = is_adas ? 90 * 100 : 20 * 60;
    used[is_adas ? "ada" : "grace"].Add(Joules(joules), now);
    total[is_adas ? "ada" : "grace"] += joules;
  }
  EXPECT_NEAR(total["ada"] / total["grace"], 1, 0.1);
}

}  // namespace
}  // namespace powerdown
