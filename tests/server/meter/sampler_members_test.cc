#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/meter/sampler_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kRun[] = "run/a/1";

class SamplerMembersTest : public SamplerTest {
 protected:
  void AddRun(bool uses_gpu = false) {
    box_.Start(7, absl::Seconds(1));
    sampler_->AddConsumer(kRun, 7, clock_.Now());
    if (uses_gpu) sampler_->SetConsumerDevice(kRun, "cuda:0");
  }
  void Work(double seconds) {
    for (int i = 0; i < seconds * 10; ++i) {
      box_.Use(7, absl::Milliseconds(200));
      Tick(0.1);
    }
  }
  void Close() {
    for (const LedgerInterval& row : sampler_->Close(kRun).intervals) {
      ledger_[row.device + row.consumer][row.start] = row;
    }
  }
  EnergyFigure Figure() const {
    const auto figure = SumIntervals(Rows(kRun));
    EXPECT_TRUE(figure);
    return figure.value_or(EnergyFigure());
  }
  static std::vector<std::unique_ptr<PowerMeter>> One(FakePowerMeter meter) {
    std::vector<std::unique_ptr<PowerMeter>> meters;
    meters.push_back(std::make_unique<FakePowerMeter>(std::move(meter)));
    return meters;
  }
};

TEST_F(SamplerMembersTest, TheTimeBeforeAMetersFirstReadingIsAGapOfTheRun) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->FailUntilMended(absl::UnavailableError("not yet"));
  Start();
  AddRun();
  Work(4);
  EXPECT_THAT(Rows(kRun), IsEmpty());
  cpu->Mend();
  Work(6.1);
  const EnergyFigure figure = Figure();
  EXPECT_NEAR(figure.coverage, 0.6, 0.02);
  EXPECT_NEAR(figure.gross.value(), 1010, 1);  // guessed from what came after
  EXPECT_GE(figure.high, Joules(4000));
  EXPECT_LE(figure.low, Joules(600));
}

TEST_F(SamplerMembersTest, AMeterThatNeverAnswersMakesAGapAndNoZero) {
  Add("cpu")->FailUntilMended(absl::UnavailableError("never"));
  Start();
  AddRun();
  Work(3);
  Close();
  const EnergyFigure figure = Figure();
  EXPECT_EQ(figure.coverage, 0);
  EXPECT_EQ(figure.low, Joules(0));
  EXPECT_NEAR(figure.high.value(), 3000, 1e-6);
  EXPECT_GT(figure.gross, Joules(0));
}

TEST_F(SamplerMembersTest, AMeterThatIsSilentForLongIsToldAndBookedWhileTheRunGoesOn) {
  Add("cpu")->FailUntilMended(absl::UnavailableError("never"));
  Start({.longest_gap = absl::Seconds(5)});
  AddRun();
  Work(5);
  ASSERT_THAT(booked_.sensors, SizeIs(1));
  EXPECT_EQ(booked_.sensors[0].error.message(), "never");
  EXPECT_NEAR(absl::ToDoubleSeconds(Rows(kRun).back().end - Rows(kRun).front().start), 5, 1e-6);
}

// What `--wait` prints: it was a part of the run's figure when the last gap was booked later.
TEST_F(SamplerMembersTest, WhatIsOpenAtTheEndIsBookedBeforeTheRunIsLeft) {
  FakePowerMeter* cpu = Add("cpu");
  Start();
  AddRun();
  Work(2);
  cpu->FailUntilMended(absl::UnavailableError("lost"));
  Work(6);
  const double before = EnergyOf(kRun);
  Close();
  EXPECT_NEAR(EnergyOf(kRun) - before, 600, 1);
  EXPECT_NEAR(Figure().coverage, 0.25, 0.02);
  EXPECT_NEAR(sampler_->StandingAt(kRun, clock_.Now().monotonic)->energy.value(), EnergyOf(kRun),
              1e-6);
  sampler_->RemoveConsumer(kRun);
  const double at_end = EnergyOf(kRun);
  cpu->Mend();
  TickFor(3);
  EXPECT_EQ(EnergyOf(kRun), at_end);
}

TEST_F(SamplerMembersTest, AStandingGoesOnWhileAMeterIsSilent) {
  FakePowerMeter* cpu = Add("cpu");
  Start();
  AddRun();
  Work(2);
  cpu->FailUntilMended(absl::UnavailableError("lost"));
  Work(3);
  EXPECT_NEAR(sampler_->StandingAt(kRun, clock_.Now().monotonic)->energy.value(), 500, 1);
  EXPECT_NEAR(EnergyOf(kRun), 200, 1);
  cpu->Mend();
  Work(1);
  EXPECT_NEAR(sampler_->StandingAt(kRun, clock_.Now().monotonic)->energy.value(), 600, 1);
}

TEST_F(SamplerMembersTest, AGpuWithoutAnyMeterIsToldFromTheLaunchOn) {
  Add("cpu")->changeable_description().source = kEstimateSource;
  Start();
  AddRun();
  Work(2);  // the worker opens the GPU before it says so
  sampler_->SetConsumerDevice(kRun, "cuda:0");
  Work(2);
  const EnergyFigure figure = Figure();
  EXPECT_EQ(figure.scope, "cpu, GPU not metered");
  EXPECT_NEAR(figure.coverage, 0.5, 1e-6);
  EXPECT_NEAR((figure.high - figure.low).value(), 4 * (1500 + 20), 1);
}

TEST_F(SamplerMembersTest, AGpusMeterThatComesLaterMeasuresTheRest) {
  Add("cpu");
  Start();
  AddRun(true);
  Work(4);
  EXPECT_THAT(sampler_->Adopt(One(FakePowerMeter("gpu-1")), {}), ElementsAre("gpu-1"));
  Work(4);
  ASSERT_THAT(Rows(kRun), Not(IsEmpty()));
  const EnergyFigure figure = Figure();
  EXPECT_EQ(figure.scope, "cpu+gpu, GPU not metered");
  EXPECT_NEAR(figure.coverage, (8 + 3.9) / 16, 0.01);
  EXPECT_NEAR(figure.gross.value(), 800 + 400, 20);
}

TEST_F(SamplerMembersTest, AMeterThatComesLaterReplacesTheEstimateAndItsRest) {
  FakePowerMeter estimate("cpu", false);
  estimate.changeable_description().source = kEstimateSource;
  meters_ = One(std::move(estimate));
  Start();
  TickFor(6);
  ASSERT_TRUE(sampler_->baseline("cpu"));
  AddRun();
  Work(2);
  sampler_->Adopt(One(FakePowerMeter("cpu")),
                  {{FakePowerMeter("cpu").description(), true, "r", ""}});
  Tick(0.1);
  ASSERT_THAT(booked_.sensors, SizeIs(1));
  EXPECT_TRUE(booked_.sensors[0].is_new);
  EXPECT_FALSE(sampler_->baseline("cpu"));
  Work(6);
  const EnergyFigure figure = Figure();
  EXPECT_EQ(figure.source, "mixed");
  EXPECT_EQ(figure.estimated, std::nullopt);
  EXPECT_NEAR(figure.gross.value(), 810, 10);
  EXPECT_NEAR(figure.coverage, 6 / 8.1, 0.02);
  EXPECT_THAT(sampler_->Adopt(One(FakePowerMeter("cpu")), {}), IsEmpty());  // it has one
}

// The simulator's find: the time before was lost with the estimate that told nothing.
TEST_F(SamplerMembersTest, WhatAnEstimateHasNotBookedIsOwedByTheMeterThatReplacesIt) {
  FakePowerMeter estimate("cpu", false);
  estimate.changeable_description().source = kEstimateSource;
  estimate.FailUntilMended(absl::UnavailableError("no /proc/stat"));
  meters_ = One(std::move(estimate));
  Start();
  AddRun();
  Work(4);
  sampler_->Adopt(One(FakePowerMeter("cpu")), {});
  Work(6.1);
  const EnergyFigure figure = Figure();
  EXPECT_NEAR(figure.gross.value(), 1010, 15);
  EXPECT_NEAR(figure.coverage, 0.6, 0.02);
  EXPECT_GE(figure.high, Joules(4000));
}

TEST_F(SamplerMembersTest, AStrangerOfTwoCoresOfSixtyFourIsNoRest) {
  Add("cpu");
  box_.cores = 64;
  Start();
  for (int i = 0; i < 100; ++i) {
    box_.Use(0, absl::Milliseconds(250));
    Tick(0.1);
  }
  EXPECT_FALSE(sampler_->baseline("cpu"));
  TickFor(6);
  EXPECT_TRUE(sampler_->baseline("cpu"));
}

TEST_F(SamplerMembersTest, ProcessorTimeDoesNotSayWhoDrewTheGpusPartOfAWholeBox) {
  FakePowerMeter* box = Add("system");
  box->SetPower(Watts(40));
  Start();
  TickFor(6);
  ASSERT_TRUE(sampler_->baseline("system"));
  AddRun(true);
  box->SetPower(Watts(140));
  for (int i = 0; i < 100; ++i) {
    box_.Use(7, absl::Milliseconds(20));  // feeds the GPU
    box_.Use(0, absl::Milliseconds(100));
    Tick(0.1);
  }
  const EnergyFigure figure = Figure();
  EXPECT_EQ(figure.scope, "system");
  EXPECT_LE(figure.net_low, Joules(1));
  EXPECT_GE(figure.high, Joules(1400));
}

TEST_F(SamplerMembersTest, ReturnsOfSensorsAreCounted) {
  FakePowerMeter* cpu = Add("cpu");
  Start({.longest_gap = absl::Seconds(1)});
  Tick(0.1);
  cpu->FailUntilMended(absl::UnavailableError("lost"));
  TickFor(2);
  EXPECT_EQ(sampler_->returned_sensors(), 0);
  cpu->Mend();
  Tick(0.1);
  EXPECT_EQ(sampler_->returned_sensors(), 1);
}

}  // namespace
}  // namespace powerdown
