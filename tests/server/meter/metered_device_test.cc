#include "server/meter/metered_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_meter.h"
#include "tests/fakes/simulated_clock.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class MeteredDeviceTest : public ::testing::Test {
 protected:
  void Use(bool is_counter) {
    auto meter = std::make_unique<FakePowerMeter>("cpu", is_counter);
    meter_ = meter.get();
    device_ = std::make_unique<MeteredDevice>(std::move(meter));
    Read(0);
  }
  std::optional<PowerSample> Read(double seconds) {
    return device_->Read(clock_.Advance(absl::Seconds(seconds)));
  }
  static double EnergyOf(const std::optional<PowerSample>& sample) {
    return sample ? (sample->power * (sample->end - sample->start)).value() : 0;
  }

  SimulatedClock clock_;
  FakePowerMeter* meter_ = nullptr;
  std::unique_ptr<MeteredDevice> device_;
};

TEST_F(MeteredDeviceTest, AConstantPowerForAMinute) {
  for (const bool is_counter : {true, false}) {
    Use(is_counter);
    meter_->SetPower(Watts(37));
    Read(1);
    double joules = 0;
    for (int i = 0; i < 60; ++i) joules += EnergyOf(Read(1));
    EXPECT_NEAR(joules, 2220, 2.22) << is_counter;
  }
}

TEST_F(MeteredDeviceTest, AStepAtHalfTimeIsHeld) {
  Use(false);
  double joules = 0;
  for (int i = 0; i < 9; ++i) joules += EnergyOf(Read(1));
  meter_->SetPower(Watts(300));  // what the reading at half time says
  for (int i = 0; i < 11; ++i) joules += EnergyOf(Read(1));
  EXPECT_NEAR(joules, 4000, 1e-9);
}

TEST_F(MeteredDeviceTest, AFailedCounterReadIsCoveredByTheNext) {
  Use(true);
  meter_->FailNext(absl::UnavailableError("lost"));
  EXPECT_FALSE(Read(15));
  EXPECT_EQ(device_->error().message(), "lost");
  const auto sample = Read(15);
  EXPECT_NEAR(EnergyOf(sample), 3000, 1e-9);
  EXPECT_EQ(sample->coverage, 1);
  EXPECT_TRUE(device_->error().ok());
}

TEST_F(MeteredDeviceTest, AMissedPowerIsAGapWithABandNotAZero) {
  Use(false);
  meter_->FailNext(absl::UnavailableError("lost"));
  EXPECT_FALSE(Read(1));
  const auto gap = Read(1);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->coverage, 0);
  EXPECT_NEAR(EnergyOf(gap), 200, 1e-9);
  EXPECT_EQ(gap->low, Watts(0));
  EXPECT_EQ(gap->high, Watts(1000));
}

TEST_F(MeteredDeviceTest, ARestartedCounterIsAGapAndTheNextDifferenceIsGood) {
  Use(true);
  Read(1);
  meter_->RestartNext();
  EXPECT_EQ(Read(1)->coverage, 0);
  const auto after = Read(1);
  EXPECT_EQ(after->coverage, 1);
  EXPECT_NEAR(EnergyOf(after), 100, 1e-9);
}

TEST_F(MeteredDeviceTest, AnImplausibleSpikeIsRejectedAndNeverAveragedIn) {
  Use(false);
  meter_->SetPower(Watts(64852));
  EXPECT_FALSE(Read(1));
  EXPECT_THAT(device_->error().message(), HasSubstr("64852 W"));
  meter_->SetPower(Watts(8));
  EXPECT_LE(Read(1)->power, Watts(100));
  Use(true);
  meter_->SetPower(Watts(64852));
  EXPECT_EQ(Read(1)->coverage, 0);
  meter_->SetPower(Watts(8));
  EXPECT_NEAR(Read(1)->power.value(), 8, 1e-9);
}

TEST_F(MeteredDeviceTest, ACounterThatIsRenewedNowAndThenIsNeitherZeroNorASpike) {
  Use(true);
  Read(0.1);
  meter_->SetPower(Watts(0));  // stands still
  EXPECT_FALSE(Read(0.1));
  EXPECT_TRUE(device_->error().ok());
  meter_->SetPower(Watts(1500));  // two renewals' worth in one
  const auto sample = Read(0.1);
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->coverage, 1);
  EXPECT_NEAR(EnergyOf(sample), 150, 1e-9);
  EXPECT_EQ(sample->end - sample->start, absl::Milliseconds(200));
  EXPECT_EQ(device_->description().lag, absl::Milliseconds(200));
}

// Renewed every five seconds: nothing is lost, but the first renewal tells of the time before too.
TEST_F(MeteredDeviceTest, ASlowCountersRenewalIsLearned) {
  Use(true);
  double joules = 0;
  double gaps = 0;
  for (int i = 1; i <= 300; ++i) {
    meter_->SetPower(Watts(i % 50 == 0 ? 5000 : 0));
    const auto sample = Read(0.1);
    if (!sample) continue;
    (sample->coverage == 1 ? joules : gaps) += EnergyOf(sample);
  }
  EXPECT_NEAR(joules, 2500, 1e-6);
  EXPECT_NEAR(gaps, 500, 1e-6);
  EXPECT_TRUE(device_->error().ok());
  EXPECT_NEAR(absl::ToDoubleSeconds(device_->description().lag), 5, 1e-6);
}

TEST_F(MeteredDeviceTest, ACounterThatStandsStillIsAGapWithItsReason) {
  Use(true);
  for (int i = 0; i < 20; ++i) Read(0.1);
  meter_->SetPower(Watts(0));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(Read(0.1));
  EXPECT_THAT(device_->error().message(), HasSubstr("stood still"));
  meter_->SetPower(Watts(100));
  const auto gap = Read(0.1);
  ASSERT_TRUE(gap);
  EXPECT_EQ(gap->coverage, 0);
  EXPECT_NEAR(EnergyOf(gap), 1010, 1e-6);
  EXPECT_EQ(gap->low, Watts(0));
  EXPECT_EQ(gap->high, Watts(1000));
  EXPECT_EQ(Read(0.1)->coverage, 1);
}

TEST_F(MeteredDeviceTest, TheDevicesPowerTakesTheCountersPlaceAlsoForTheTimeOfDoubt) {
  Use(true);
  meter_->SetCheckPower(Watts(200));
  meter_->SetPower(Watts(200));
  for (int i = 0; i < 20; ++i) Read(0.1);
  meter_->SetPower(Watts(0));
  double joules = 0;
  for (int i = 0; i < 100; ++i) joules += EnergyOf(Read(0.1));
  EXPECT_NEAR(joules, 2000, 25);
  EXPECT_THAT(device_->doubt().message(), HasSubstr("stood still"));
  meter_->SetPower(Watts(50));  // moves, and is not yet believed
  EXPECT_NEAR(Read(0.1)->power.value(), 200, 1);
  for (int i = 0; i < 100; ++i) Read(0.1);
  EXPECT_TRUE(device_->doubt().ok());
  EXPECT_NEAR(Read(0.1)->power.value(), 50, 1e-6);
}

TEST_F(MeteredDeviceTest, NothingThatAnswersDrawsNothing) {
  Use(false);
  Read(0.1);
  meter_->SetPower(Watts(0));
  EXPECT_FALSE(Read(0.1));
  EXPECT_THAT(device_->error().message(), HasSubstr("0 W"));
  meter_->SetPower(Watts(90));
  EXPECT_EQ(Read(0.1)->coverage, 0);
}

// A limit of 25 W that the processor exceeds: a gap that covers it, until it is believed.
TEST_F(MeteredDeviceTest, APowerAboveTheLimitIsBelievedWhenItLasts) {
  auto meter = std::make_unique<FakePowerMeter>("cpu");
  meter_ = meter.get();
  meter_->changeable_description().most_power = Watts(25);
  meter_->changeable_description().ceiling = Watts(1000);
  meter_->SetPower(Watts(10));
  device_ = std::make_unique<MeteredDevice>(std::move(meter));
  Read(0);
  Read(0.1);
  meter_->SetPower(Watts(61));
  for (int i = 0; i < 2; ++i) {
    const auto gap = Read(0.1);
    EXPECT_EQ(gap->coverage, 0);
    EXPECT_NEAR(gap->power.value(), 10, 1e-6);
    EXPECT_NEAR(gap->high.value(), 61, 1e-6);
  }
  EXPECT_NEAR(Read(0.1)->power.value(), 61, 1e-6);
  EXPECT_NEAR(device_->description().most_power.value(), 61, 1e-6);
}

TEST_F(MeteredDeviceTest, SuspendIsNoEnergyAndAClockThatIsSetIsNoSuspend) {
  Use(true);
  Read(1);
  Instant now = clock_.Advance(absl::Seconds(1));
  now.wall -= absl::Hours(1);  // NTP
  EXPECT_EQ(device_->Read(now)->coverage, 1);
  now.monotonic += absl::Seconds(1);
  now.boottime += absl::Seconds(1) + absl::Hours(3);
  const auto slept = device_->Read(now);
  ASSERT_TRUE(slept);
  EXPECT_EQ(slept->coverage, 0);
  EXPECT_EQ(slept->end - slept->start, absl::Seconds(1));
  EXPECT_NEAR(EnergyOf(slept), 100, 1e-9);
  EXPECT_NEAR(slept->high.value(), 110, 1e-9);  // no more than the counter gained
}

TEST_F(MeteredDeviceTest, ChangesBetweenPolledPowersAreSamplingError) {
  Use(false);
  EXPECT_EQ(Read(1)->variance, 0);
  meter_->SetPower(Watts(130));
  EXPECT_NEAR(Read(1)->variance, 300, 1e-9);
  Use(true);
  meter_->SetPower(Watts(500));
  EXPECT_EQ(Read(1)->variance, 0);
}

TEST_F(MeteredDeviceTest, AGapThatIsGivenUpIsNotCountedAgain) {
  Use(true);
  EXPECT_FALSE(device_->GiveUp(clock_.Now()));  // nothing is open
  Read(1);
  meter_->FailNext(absl::UnavailableError("lost"));
  Read(3);
  const auto gap = device_->GiveUp(clock_.Now());
  ASSERT_TRUE(gap);
  EXPECT_NEAR(EnergyOf(gap), 300, 1e-9);
  const auto rest = Read(2);
  EXPECT_EQ(rest->start, gap->end);
  EXPECT_EQ(rest->coverage, 0);
  EXPECT_NEAR(EnergyOf(rest), 200, 1e-9);
}

TEST_F(MeteredDeviceTest, AfterARestNothingIsCounted) {
  Use(true);
  device_->Rest();
  device_->Rest();
  EXPECT_EQ(meter_->rests(), 1);
  EXPECT_FALSE(Read(100));
  EXPECT_NEAR(EnergyOf(Read(1)), 100, 1e-9);
}

TEST_F(MeteredDeviceTest, GainAndOffsetWidenTheBandAsSquares) {
  auto meter = std::make_unique<FakePowerMeter>("gpu-1");
  meter->changeable_description().spread = {0.03, 0.12, Watts(4), Watts(5)};
  device_ = std::make_unique<MeteredDevice>(std::move(meter));
  Read(0);
  const auto sample = Read(1);
  EXPECT_NEAR(sample->low.value(), 95, 1e-9);
  EXPECT_NEAR(sample->high.value(), 113, 1e-9);
}

TEST_F(MeteredDeviceTest, CalibrationReplacesTheBand) {
  Use(true);
  device_->Calibrate(Calibration{1.1, Watts(-5), 0.03});
  const auto sample = Read(1);
  EXPECT_NEAR(sample->power.value(), 105, 1e-9);
  EXPECT_NEAR(sample->high.value(), 105 * 1.03, 1e-9);
}

}  // namespace
}  // namespace powerdown
