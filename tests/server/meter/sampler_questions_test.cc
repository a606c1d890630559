// What the sampler tells of sensors that are lost, or answer and are not believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/meter/sampler_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using SamplerQuestionsTest = SamplerTest;

TEST_F(SamplerQuestionsTest, AMeterLostForThreeSecondsLosesNothingOfItsCounter) {
  FakePowerMeter* gpu = Add("gpu-1");
  Start();
  TickFor(2);
  for (int i = 0; i < 30; ++i) {
    gpu->FailNext(absl::UnavailableError("GPU is lost"));
    Tick(0.1);
  }
  EXPECT_THAT(sampler_->Meters()[0].reason, HasSubstr("GPU is lost"));
  TickFor(2);
  EXPECT_NEAR(EnergyOf(kUnattributed), 700, 1e-6);
  EXPECT_THAT(sampler_->Meters()[0].reason, ::testing::Not(HasSubstr("lost")));
}

TEST_F(SamplerQuestionsTest, ALostSensorIsToldOnceAndOnceThatItIsBack) {
  FakePowerMeter* gpu = Add("gpu-1");
  Start();
  TickFor(2);
  std::vector<std::string> told;
  const auto tick = [&] {
    Tick(1);
    for (const Sampler::SensorChange& change : booked_.sensors) {
      told.push_back(change.device + " " + change.meter + ": " +
                     std::string(change.error.message()));
    }
  };
  gpu->FailUntilMended(absl::UnavailableError("GPU is lost"));
  for (int second = 0; second < 59; ++second) tick();
  EXPECT_THAT(told, IsEmpty());
  for (int second = 0; second < 200; ++second) tick();
  EXPECT_THAT(told, ElementsAre("gpu-1 fake: GPU is lost"));
  gpu->Mend();
  for (int second = 0; second < 5; ++second) tick();
  EXPECT_THAT(told, ElementsAre("gpu-1 fake: GPU is lost", "gpu-1 fake: "));
}

TEST_F(SamplerQuestionsTest, ARunThatEndsWhileItsMeterIsLostIsBookedTheGap) {
  FakePowerMeter* cpu = Add("cpu");
  Start();
  box_.Start(7, absl::Seconds(1));
  sampler_->AddConsumer("a", 7, clock_.Now());
  box_.Use(7, absl::Seconds(1));
  Tick(1);
  for (int i = 0; i < 5; ++i) {
    cpu->FailNext(absl::UnavailableError("lost"));
    box_.Use(7, absl::Seconds(1));
    Tick(1);
  }
  sampler_->RemoveConsumer("a");
  Tick(1);
  const auto figure = SumIntervals(Rows("a"));
  EXPECT_NEAR(figure->coverage, 1.0 / 6, 1e-9);
  EXPECT_LE(figure->low.value(), 100);
  EXPECT_GE(figure->high.value(), 5000);
}

TEST_F(SamplerQuestionsTest, ACounterThatItsOwnPowerContradictsIsToldAndTheBandCoversBoth) {
  FakePowerMeter* gpu = Add("gpu-1");
  gpu->SetPower(Watts(37.5));
  gpu->SetCheckPower(Watts(65.4));
  Start();
  TickFor(9.5);
  EXPECT_LT(booked_.samples[0].high, Watts(42));
  TickFor(2);
  EXPECT_LT(booked_.samples[0].low, Watts(37.5));
  EXPECT_GT(booked_.samples[0].high, Watts(65.4));
  EXPECT_THAT(sampler_->Meters()[0].reason, HasSubstr("174% of what its counter says"));
}

TEST_F(SamplerQuestionsTest, ACounterThatStandsStillIsToldAndItsPowerTakesItsPlace) {
  FakePowerMeter* gpu = Add("gpu-1");
  gpu->changeable_description().check_source = "nvml-power";
  gpu->SetPower(Watts(100));
  gpu->SetCheckPower(Watts(100));
  Start();
  sampler_->AddConsumer("a", 7, clock_.Now());
  sampler_->SetConsumerDevice("a", "cuda:0");
  gpu->SetActivity({0.9, {{7, 0.9}}, true});
  TickFor(10);
  std::vector<std::string> told;
  const auto tick_for = [&](double seconds) {
    for (int i = 0; i < seconds * 10; ++i) {
      Tick(0.1);
      for (const Sampler::SensorChange& change : booked_.sensors) {
        told.push_back((change.is_bridged ? "bridged: " : "lost: ") +
                       std::string(change.error.message()));
      }
    }
  };
  gpu->SetPower(Watts(0));  // the counter stands still
  tick_for(20);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0], HasSubstr("bridged: its energy counter answers, but has stood still"));
  EXPECT_THAT(sampler_->Meters()[0].reason, HasSubstr("has stood still"));
  gpu->SetPower(Watts(100));
  tick_for(20);
  EXPECT_THAT(told, SizeIs(2));
  const auto figure = SumIntervals(Rows("a"));
  EXPECT_NEAR(figure->gross.value(), 5000, 20);
  EXPECT_EQ(figure->source, "mixed");
  EXPECT_GT(figure->coverage, 0.99);
}

TEST_F(SamplerQuestionsTest, ACounterThatStandsStillFromTheStartIsAGapAndNeverZero) {
  FakePowerMeter* cpu = Add("cpu");
  cpu->SetPower(Watts(0));
  Start();
  box_.Start(7, absl::Seconds(1));
  sampler_->AddConsumer("a", 7, clock_.Now());
  for (int i = 0; i < 60; ++i) {
    box_.Use(7, absl::Milliseconds(100));
    Tick(0.1);
  }
  sampler_->RemoveConsumer("a");
  Tick(0.1);
  const auto figure = SumIntervals(Rows("a"));
  ASSERT_TRUE(figure);
  EXPECT_EQ(figure->coverage, 0);
  EXPECT_EQ(figure->low, Joules(0));
  EXPECT_GE(figure->high, Joules(5900));
  EXPECT_EQ(sampler_->baseline("cpu"), std::nullopt);
}

}  // namespace
}  // namespace powerdown
