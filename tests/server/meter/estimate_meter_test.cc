#include "server/meter/estimate_meter.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_meter.h"
#include "tests/fakes/simulated_clock.h"

namespace powerdown {
namespace {

class EstimateMeterTest : public ::testing::Test {
 protected:
  double JoulesAfter(absl::Duration time, absl::Duration busy) {
    box_.Use(0, busy);
    return meter_.Read(clock_.Advance(time))->counter->value();
  }

  FakeActivity::Box box_;  // of two cores
  SimulatedClock clock_;
  EstimateMeter meter_{Watts(100), std::make_unique<FakeActivity>(&box_)};
};

TEST_F(EstimateMeterTest, IsLabelledWithItsBand) {
  EXPECT_EQ(meter_.description().source, "estimate");
  EXPECT_GE(meter_.description().relative_band, 0.4);
}

TEST_F(EstimateMeterTest, RestsAtThreeTenthsAndIsBusyAtTheRatedPower) {
  JoulesAfter(absl::ZeroDuration(), absl::ZeroDuration());
  EXPECT_NEAR(JoulesAfter(absl::Seconds(10), absl::ZeroDuration()), 300, 1e-9);
  EXPECT_NEAR(JoulesAfter(absl::Seconds(10), absl::Seconds(20)), 300 + 1000, 1e-9);
  EXPECT_NEAR(JoulesAfter(absl::Seconds(10), absl::Seconds(10)), 1300 + 650, 1e-9);
}

TEST_F(EstimateMeterTest, NeverExceedsTheRatedPowerNorFalls) {
  JoulesAfter(absl::ZeroDuration(), absl::ZeroDuration());
  EXPECT_NEAR(JoulesAfter(absl::Seconds(1), absl::Seconds(50)), 100, 1e-9);
  EXPECT_NEAR(JoulesAfter(absl::Seconds(1), -absl::Seconds(40)), 130, 1e-9);
}

TEST_F(EstimateMeterTest, AFailedReadIsCoveredByTheNext) {
  JoulesAfter(absl::ZeroDuration(), absl::ZeroDuration());
  box_.error = absl::UnavailableError("no /proc/stat");
  EXPECT_FALSE(meter_.Read(clock_.Advance(absl::Seconds(5))).ok());
  box_.error = absl::OkStatus();
  EXPECT_NEAR(JoulesAfter(absl::Seconds(5), absl::Seconds(20)), 1000, 1e-9);
}

}  // namespace
}  // namespace powerdown
