#include "server/run/fair_share.h"

#include "tests/server/run/shared_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using RunQueueSharingTest = SharedQueueTest;

TEST_F(RunQueueSharingTest, WhoUsedLessGoesFirst) {
  for (int i = 0; i < 3; ++i) SubmitFor("ada");
  SubmitFor("grace");
  std::vector<std::string> owners;
  for (int i = 0; i < 4; ++i) {
    Tick();
    owners.push_back(NewestOwner());
    Work(absl::Seconds(20), 100);
    NewestWorker().EndAs("finished", 100);
    Tick();
  }
  EXPECT_THAT(owners, ElementsAre("ada", "grace", "ada", "ada"));
}

// Users who always have something queued, on two workers, for an hour.
TEST_F(RunQueueSharingTest, AfterAnHourEveryUserHasUsedTheSameEnergyWhateverTheirRunsAreLike) {
  struct Habit {
    absl::Duration length;
    double cores;
  };
  const std::map<std::string, Habit> habits = {{"ada", {absl::Seconds(20), 1}},
                                               {"grace", {absl::Seconds(45), 0.4}},
                                               {"linus", {absl::Seconds(120), 0.8}}};
  options_.max_running = 2;
  StartQueue();
  std::map<std::string, std::string> owners;  // by run
  std::map<std::string, int> runs_begun;
  std::map<size_t, absl::Duration> ages;  // of running workers, by their number
  for (int second = 0; second < 3600; ++second) {
    for (const auto& [owner, habit] : habits) {
      while (*store_->runs().Count(RunState::kQueued, owner) < 2) owners[SubmitFor(owner)] = owner;
    }
    const size_t launched = launcher_.launches();
    Tick(absl::Seconds(1));
    for (size_t i = launched; i < launcher_.launches(); ++i) {
      ages[i] = absl::ZeroDuration();
      ++runs_begun[owners.at(launcher_.worker(i).start().run_id)];
    }
    for (auto worker = ages.begin(); worker != ages.end();) {
      const auto& [number, age] = *worker;
      const Habit& habit = habits.at(owners.at(launcher_.worker(number).start().run_id));
      const bool ends = age >= habit.length;
      if (ends) launcher_.worker(number).EndAs("finished", 100);
      if (!ends) box_.Use(static_cast<int64_t>(101 + number), absl::Seconds(1) * habit.cores);
      worker->second += absl::Seconds(1);
      worker = ends ? ages.erase(worker) : std::next(worker);
    }
  }
  std::map<std::string, double> used;
  double all = 0;
  RunFilter filter;
  filter.limit = 100'000;
  const std::vector<powerdown::Run> runs = *queue_->List(filter);
  for (const powerdown::Run& run : runs) {
    if (!run.energy) continue;
    used[run.owner] += run.energy->gross.value();
    all += run.energy->gross.value();
  }
  EXPECT_GT(all, 100'000);
  for (const auto& [owner, joules] : used) {
    RecordProperty(owner, std::to_string(joules * 3 / all));
    EXPECT_NEAR(joules, all / 3, 0.1 * all / 3) << owner;
  }
  EXPECT_GT(runs_begun["ada"], 2 * runs_begun["linus"]);  // equal in energy, not in runs
}

TEST_F(RunQueueSharingTest, WhatWasUsedIsRememberedOverARestart) {
  SubmitFor("ada");
  Tick();
  Work(absl::Seconds(20), 100);
  NewestWorker().EndAs("finished", 100);
  Tick();
  StartQueue();
  SubmitFor("ada");
  SubmitFor("grace");
  Tick();
  EXPECT_EQ(NewestOwner(), "grace");
}

TEST_F(RunQueueSharingTest, AHigherPriorityGoesFirst) {
  SubmitFor("ada");
  const std::string urgent = SubmitFor("ada", 5);
  Tick();
  EXPECT_EQ(NewestWorker().start().run_id, urgent);
}

TEST_F(RunQueueSharingTest, WhoeverWaitsSeesTheirPlaceTheReasonAndTheTime) {
  SubmitFor("ada");
  Tick();
  const std::string second = SubmitFor("ada");
  const std::string third = SubmitFor("ada");
  EXPECT_EQ(ReasonOf(second), "place 1 of 2, waits for a free worker");
  Work(absl::Seconds(10), 1000);  // 10 ms a step, 9000 to go
  EXPECT_THAT(ReasonOf(second),
              StartsWith("place 1 of 2, waits for a free worker, starts within 1m"));
  EXPECT_THAT(ReasonOf(third), StartsWith("place 2 of 2, waits behind 1 in the queue, starts"));
}

TEST_F(RunQueueSharingTest, AUsersLimitHoldsTheirRunsBackAndLetsOthersPass) {
  options_.max_running = 2;
  options_.max_running_per_user = 1;
  StartQueue();
  SubmitFor("ada");
  const std::string held = SubmitFor("ada");
  Tick();
  EXPECT_THAT(ReasonOf(held), HasSubstr("user ada runs 1 already; at most 1 a user"));
  SubmitFor("grace");
  Tick();
  EXPECT_EQ(NewestOwner(), "grace");
}

// Of the class alone, without a queue.
QueuedRun Queued(const std::string& run_id, const std::string& owner) {
  return {.run_id = run_id, .owner = owner, .max_steps = 100};
}

powerdown::Run Ended(const std::string& owner, Joules energy, absl::Time at) {
  powerdown::Run run;
  run.owner = owner;
  run.ended_at = at;
  run.energy = EnergyFigure{.gross = energy};
  return run;
}

TEST(FairShareTest, WhoeverUsedTheLeastRecentlyGoesFirst) {
  FairShare shares;
  shares.Add("ada", Joules(1000), absl::ZeroDuration());
  const std::vector<QueuedRun> queued = {Queued("a", "ada"), Queued("b", "grace")};
  const auto order = shares.Order(queued, {}, {}, {.free_places = 1}, absl::ZeroDuration());
  ASSERT_EQ(order.size(), 2u);
  EXPECT_EQ(queued[order[0].index].owner, "grace");
}

TEST(FairShareTest, RecentUseIsRecalledFromTheLastRunsByTheirAge) {
  Instant now;
  now.wall = absl::FromUnixSeconds(0) + 10 * RecentEnergy::kHalfLife;
  now.monotonic = 10 * RecentEnergy::kHalfLife;
  FairShare shares;
  shares.Recall(
      {Ended("grace", Joules(500), now.wall), Ended("ada", Joules(1000), absl::FromUnixSeconds(0))},
      now);
  const std::vector<QueuedRun> queued = {Queued("c", "grace"), Queued("d", "ada")};
  const auto order = shares.Order(queued, {}, {}, {.free_places = 1}, now.monotonic);
  EXPECT_EQ(queued[order[0].index].owner, "ada") << "what she used is long ago";
}

TEST(FairShareTest, AnOwnerWhoIsHeldBackSaysWhy) {
  const std::vector<QueuedRun> queued = {Queued("a", "ada"), Queued("b", "grace")};
  const auto order =
      FairShare().Order(queued, {}, {{"ada", "used up"}}, {.free_places = 2}, absl::ZeroDuration());
  EXPECT_EQ(queued[order[0].index].owner, "grace");
  EXPECT_EQ(order[1].reason, "used up");
}

TEST(FairShareTest, PlacesAreToldWithTheLatestStart) {
  const std::vector<QueuedRun> queued = {Queued("a", "ada"), Queued("b", "ada")};
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
