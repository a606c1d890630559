#include "server/meter/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/server/meter/sampler_fixture.h"

namespace powerdown {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(SamplerTest, WithoutARunAllIsUnattributed) {
  Add("cpu");
  Start();
  TickFor(3);
  EXPECT_NEAR(EnergyOf(kUnattributed), 300, 1e-6);
  EXPECT_LT(Rows(kUnattributed).size(), 5u);  // rows grow
}

TEST_F(SamplerTest, RunsShareByCpuTimeAndTheBaselineEqually) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->SetPower(Watts(40));
  Start();
  TickFor(6);
  ASSERT_EQ(sampler_->baseline("cpu")->power, Watts(40));
  box_.Start(7, absl::Seconds(1));
  box_.Start(8, absl::Seconds(1));
  sampler_->AddConsumer("a", 7, clock_.Now());
  sampler_->AddConsumer("b", 8, clock_.Now());
  cpu->SetPower(Watts(100));
  for (int i = 0; i < 100; ++i) {
    box_.Use(7, absl::Milliseconds(100));
    box_.Use(8, absl::Milliseconds(50));
    box_.Use(0, absl::Milliseconds(50));
    Tick(0.1);
  }
  EXPECT_NEAR(EnergyOf("a"), 10 * (20 + 30), 1);
  EXPECT_NEAR(EnergyOf("b"), 10 * (20 + 15), 1);
  EXPECT_NEAR(SumIntervals(Rows("a"))->net->value(), 300, 1);
}

TEST_F(SamplerTest, NetIsWithheldWhileNoBaselineStands) {
  Add("cpu");
  Start();
  box_.Start(7, absl::Seconds(1));
  sampler_->AddConsumer("a", 7, clock_.Now());
  for (int i = 0; i < 100; ++i) {
    box_.Use(7, absl::Milliseconds(100));
    Tick(0.1);
  }
  EXPECT_GT(EnergyOf("a"), 900);
  EXPECT_EQ(SumIntervals(Rows("a"))->net, std::nullopt);
  EXPECT_EQ(sampler_->baseline_obstacle("cpu"), "a run is active");
}

TEST_F(SamplerTest, AProcessThatTookOverARunsIdIsNotBilledToIt) {
  Add("cpu");
  Start();
  box_.Start(7, absl::Seconds(1));
  sampler_->AddConsumer("a", 7, clock_.Now());
  box_.Use(7, absl::Milliseconds(100));
  Tick(0.1);
  const double before = EnergyOf("a");
  box_.Start(7, absl::Seconds(5000));
  box_.Use(7, absl::Milliseconds(100));
  Tick(0.1);
  EXPECT_GT(before, 0);
  EXPECT_EQ(EnergyOf("a"), before);
}

TEST_F(SamplerTest, AFailedReadOfTheBoxIsCoveredByTheNextTick) {
  Add("cpu");
  Start();
  box_.error = absl::UnavailableError("no /proc/stat");
  Tick(1);
  EXPECT_TRUE(booked_.intervals.empty());
  box_.error = absl::OkStatus();
  Tick(1);
  EXPECT_NEAR(EnergyOf(kUnattributed), 200, 1e-9);
  EXPECT_EQ(SumIntervals(Rows(kUnattributed))->coverage, 1);
}

// The simulator's find: the next daemon's counter told the energy of the gap once more.
TEST_F(SamplerTest, AGapThatWasBookedIsNotToldAgainByTheNextDaemonsCounter) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->GoOnWithoutDaemon();
  Start();
  TickFor(2);
  cpu->FailUntilMended(absl::UnavailableError("lost"));
  TickFor(60);
  ASSERT_THAT(booked_.positions, SizeIs(1));
  const Sampler::Position stored = booked_.positions[0];
  EXPECT_EQ(stored.text, "");
  EXPECT_EQ(stored.read_at, clock_.Now().monotonic);

  Add("cpu")->GoOnWithoutDaemon();
  StartAfter(stored);
  TickFor(1);
  EXPECT_THAT(booked_.positions[0].text, Not(""));
  EXPECT_NEAR(EnergyOf(kUnattributed), 63 * 100, 1e-6);
}

TEST_F(SamplerTest, AGapThatEndsWithARunIsNotToldAgainByTheNextDaemonsCounter) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->GoOnWithoutDaemon();
  Start();
  sampler_->AddConsumer("a", 7, clock_.Now());
  Tick(1);
  cpu->FailUntilMended(absl::UnavailableError("lost"));
  for (int i = 0; i < 5; ++i) Tick(1);
  EXPECT_THAT(booked_.positions, IsEmpty());
  sampler_->RemoveConsumer("a");
  Tick(1);
  ASSERT_THAT(booked_.positions, SizeIs(1));
  const Sampler::Position stored = booked_.positions[0];
  EXPECT_EQ(stored.text, "");
  EXPECT_EQ(stored.read_at, clock_.Now().monotonic - absl::Seconds(1));

  Add("cpu")->GoOnWithoutDaemon();
  StartAfter(stored);
  TickFor(1);
  EXPECT_NEAR(EnergyOf(""), 7 * 100, 1e-6);  // six seconds before, one after
}

TEST_F(SamplerTest, ACounterThatAnswersAgainAfterItsGapGoesOnAfterARestart) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->GoOnWithoutDaemon();
  Start();
  TickFor(2);
  cpu->FailUntilMended(absl::UnavailableError("lost"));
  TickFor(60);
  cpu->Mend();
  Tick(1);
  ASSERT_THAT(booked_.positions, SizeIs(1));
  const Sampler::Position stored = booked_.positions[0];
  EXPECT_THAT(stored.text, Not(""));
  Add("cpu")->GoOnWithoutDaemon();
  clock_.Advance(absl::Seconds(10));
  StartAfter(stored);
  EXPECT_NEAR(EnergyOf(kUnattributed), 73 * 100, 1e-6);
}

TEST_F(SamplerTest, GpuPowerGoesByTheDriversProcessListAndOnlyToRunsOnTheGpu) {
  FakePowerMeter* gpu = Add("gpu-1");
  Start();
  sampler_->AddConsumer("on-gpu", 7, clock_.Now());
  sampler_->SetConsumerDevice("on-gpu", "cuda:0");
  sampler_->AddConsumer("on-cpu", 8, clock_.Now());
  gpu->SetActivity({0.8, {{7, 0.6}, {99, 0.2}}, true});
  TickFor(4);
  EXPECT_NEAR(EnergyOf("on-gpu"), 300, 1e-6);
  EXPECT_NEAR(EnergyOf(kUnattributed), 100, 1e-6);
  EXPECT_TRUE(Rows("on-cpu").empty());
  EXPECT_EQ(sampler_->StandingAt("on-cpu", clock_.Now().monotonic), std::nullopt);
}

TEST_F(SamplerTest, DeepRestAndOpenContextAreKeptApart) {
  FakePowerMeter* gpu = Add("gpu-1");
  Start();
  gpu->SetPower(Watts(15));
  gpu->SetActivity({0, {}, false});
  TickFor(7);
  gpu->SetPower(Watts(37));
  gpu->SetActivity({0, {}, true});
  TickFor(7);
  gpu->SetPower(Watts(120));
  gpu->SetActivity({0.9, {}, false});  // a container: no process is named, and yet it is busy
  TickFor(7);
  EXPECT_NEAR(sampler_->baseline("gpu-1")->power.value(), 15, 1e-6);
  EXPECT_NEAR(sampler_->baseline("gpu-1", RestLevel::kContextOpen)->power.value(), 37, 1e-6);
}

TEST_F(SamplerTest, AMeterThatKeepsItsDeviceAwakeIsReadOnlyWhileSomebodyNeedsIt) {
  FakePowerMeter* gpu = Add("gpu-1");
  gpu->changeable_description().is_woken_by_reading = true;
  Start();
  TickFor(31);
  EXPECT_EQ(gpu->rests(), 1);
  Tick(100);
  EXPECT_TRUE(booked_.intervals.empty());
  sampler_->NeedUntil(clock_.Now().monotonic + absl::Seconds(2));
  TickFor(1);
  EXPECT_FALSE(booked_.intervals.empty());
  TickFor(2);
  EXPECT_EQ(gpu->rests(), 2);
  sampler_->AddConsumer("a", 7, clock_.Now());
  TickFor(60);
  EXPECT_EQ(gpu->rests(), 2);
}

TEST_F(SamplerTest, ASuspendIsToldAndIsNoEnergy) {
  Add("cpu", false);
  Start();
  TickFor(1);
  Instant now = clock_.Advance(absl::Seconds(1));
  now.boottime += absl::Hours(3);
  const auto booked = sampler_->Tick(now);
  ASSERT_TRUE(booked.suspension);
  EXPECT_EQ(booked.suspension->slept, absl::Hours(3));
  ASSERT_EQ(booked.samples.size(), 1u);
  EXPECT_EQ(booked.samples[0].coverage, 0);
  EXPECT_EQ(booked.samples[0].end - booked.samples[0].start, absl::Seconds(1));
}

TEST_F(SamplerTest, StandingsAreLinearWithinATickAndEndWithTheRun) {
  Add("cpu");
  Start();
  box_.Start(7, absl::Seconds(1));
  const absl::Duration start = clock_.Now().monotonic;
  sampler_->AddConsumer("a", 7, clock_.Now());
  EXPECT_EQ(sampler_->StandingAt("a", start), std::nullopt);
  for (int i = 0; i < 4; ++i) {
    box_.Use(7, absl::Seconds(1));
    Tick(1);
  }
  const auto standing = sampler_->StandingAt("a", start + absl::Seconds(2.5));
  ASSERT_TRUE(standing);
  EXPECT_NEAR(standing->energy.value(), 250, 1e-6);
  EXPECT_NEAR(standing->power.value(), 100, 1e-6);
  sampler_->RemoveConsumer("a");
  EXPECT_EQ(sampler_->StandingAt("a", start), std::nullopt);
}

TEST_F(SamplerTest, AReadingThatLagsWidensTheBandAtTheStartOfARun) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->changeable_description().lag = absl::Seconds(1);
  Start();
  sampler_->AddConsumer("a", 7, clock_.Now());
  TickFor(0.9);
  EXPECT_NEAR(booked_.samples[0].low.value(), 0, 1e-9);
  EXPECT_NEAR(booked_.samples[0].high.value(), 1000, 1e-9);
  TickFor(2);
  EXPECT_NEAR(booked_.samples[0].low.value(), 90, 1e-9);
}

TEST_F(SamplerTest, ALoopInStepWithAPartTimeSensorWidensTheBand) {
  FakePowerMeter* gpu = Add("gpu-1");
  gpu->changeable_description().sensor_window = absl::Milliseconds(25);
  gpu->changeable_description().sensor_period = absl::Milliseconds(100);
  Start();
  sampler_->AddConsumer("a", 7, clock_.Now());
  sampler_->SetConsumerDevice("a", "cuda:0");
  const auto high_at = [&](absl::Duration period) {
    for (int i = 0; i < 300; ++i) {
      const Instant now = clock_.Now();
      sampler_->NoteSteps("a", 10, now.monotonic);
      clock_.Advance(10 * period - absl::Milliseconds(100));
      gpu->SetActivity({1, {{7, 1.0}}, true});
      Tick(0.1);
    }
    return booked_.samples[0].high.value();
  };
  EXPECT_GT(high_at(absl::Milliseconds(100)), 500);
  EXPECT_LT(high_at(absl::Milliseconds(97)), 150);
}

// Up to sixteen runs at random, with crashes and process ids that are used again.
TEST_F(SamplerTest, WhatIsBookedAddsUpToTheDevicesWhateverRunsDo) {
  FakePowerMeter* cpu = Add("cpu");
  FakePowerMeter* gpu = Add("gpu-1");
  Start();
  std::mt19937_64 random(11);
  const auto roll = [&](int sides) { return static_cast<int>(random() % sides); };
  std::map<std::string, int64_t> runs;  // to process ids
  double cpu_truth = 0;
  double gpu_truth = 0;
  int started = 0;
  for (int tick = 0; tick < 5'000; ++tick) {
    if (runs.size() < 16 && roll(20) == 0) {
      const std::string name = "run/" + std::to_string(++started) + "/1";
      const int64_t pid = 1 + roll(20);  // often one that was used before
      if (roll(2) == 0) box_.Start(pid, absl::Seconds(started));
      sampler_->AddConsumer(name, pid, clock_.Now());
      if (roll(2) == 0) sampler_->SetConsumerDevice(name, "cuda:0");
      runs[name] = pid;
    }
    if (!runs.empty() && roll(25) == 0) {
      const auto run = std::next(runs.begin(), roll(static_cast<int>(runs.size())));
      if (roll(2) == 0) box_.by_pid.erase(run->second);  // crashed, and was reaped
      sampler_->RemoveConsumer(run->first);
      runs.erase(run);
    }
    DeviceActivity activity{roll(100) / 100.0, {}, true};
    for (const auto& [name, pid] : runs) {
      box_.Use(pid, absl::Milliseconds(roll(20)));
      if (roll(2) == 0) activity.by_pid[pid] = roll(100) / 100.0;
    }
    box_.Use(0, absl::Milliseconds(roll(50)));
    gpu->SetActivity(activity);
    cpu->SetPower(Watts(10 + roll(90)));
    gpu->SetPower(Watts(15 + roll(200)));
    const double seconds = 0.05 + roll(100) / 1000.0;
    Tick(seconds);
    for (const PowerSample& sample : booked_.samples) {
      (sample.device == "cpu" ? cpu_truth : gpu_truth) +=
          (sample.power * (sample.end - sample.start)).value();
    }
  }
  double cpu_booked = 0;
  double gpu_booked = 0;
  for (const LedgerInterval& row : Rows("")) {
    ASSERT_GE(row.joules, Joules(-1e-9));
    (row.device == "cpu" ? cpu_booked : gpu_booked) += row.joules.value();
  }
  EXPECT_GT(started, 150);
  EXPECT_NEAR(cpu_booked, cpu_truth, 1e-6 * cpu_truth);
  EXPECT_NEAR(gpu_booked, gpu_truth, 1e-6 * gpu_truth);
}

TEST_F(SamplerTest, AnEstimateIsNotCalibrated) {
  Add("cpu")->changeable_description().source = kEstimateSource;
  Start();
  sampler_->Calibrate("cpu", {1, Watts(0), 0.03});
  Tick(1);
  Tick(1);
  const double half = (booked_.samples[0].high - booked_.samples[0].power).value();
  EXPECT_NEAR(half, 0.1 * booked_.samples[0].power.value(), 1e-9);
  EXPECT_EQ(sampler_->SensorPower("cpu", absl::ZeroDuration()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SamplerTest, TellsItsOwnCost) {
  Add("cpu");
  Start({.own_pid = 42});
  box_.Start(42, absl::Seconds(1));
  TickFor(6);
  for (int i = 0; i < 10; ++i) {
    box_.Use(42, absl::Milliseconds(4));
    Tick(1);
  }
  ASSERT_TRUE(sampler_->own_cost());
  EXPECT_NEAR(sampler_->own_cost()->core_share, 0.004 * 10 / 16, 1e-3);
}

}  // namespace
}  // namespace powerdown
