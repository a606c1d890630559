#include "server/meter/sensor_lock.h"

#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

// A true 80 W: 20 W and 140 W, half of each period. The sensor averages 25 of every 100 ms.
double ReadOf(double load_ms, double phase, double seconds) {
  double sum = 0;
  const int windows = static_cast<int>(seconds * 10);
  for (int i = 0; i < windows; ++i) {
    for (int step = 0; step < 250; ++step) {
      const double at = (i * 100 + step * 0.1) / load_ms + phase;
      sum += at - std::floor(at) < 0.5 ? 140 : 20;
    }
  }
  return sum / windows / 250;
}

PowerSample BandOf(double watts, double load_ms, double seconds) {
  PowerSample sample;
  sample.power = Watts(watts);
  sample.low = Watts(watts * 0.98);
  sample.high = Watts(watts * 1.02);
  MeterDescription meter;
  meter.most_power = Watts(140);
  meter.sensor_window = absl::Milliseconds(25);
  meter.sensor_period = absl::Milliseconds(100);
  return WidenForUnseen(sample, meter, absl::Milliseconds(load_ms), absl::Seconds(seconds),
                        Watts(15));
}

TEST(SensorLockTest, TheBandHoldsTheTruthAtEveryPeriodAndPhase) {
  for (const double load_ms : {5.0, 20.0, 50.0, 97.0, 99.9, 100.0, 200.0, 250.0, 133.0, 1000.0}) {
    for (const double seconds : {20.0, 60.0}) {
      for (double phase = 0; phase < 1; phase += 0.125) {
        const PowerSample band = BandOf(ReadOf(load_ms, phase, seconds), load_ms, seconds);
        EXPECT_LE(band.low.value(), 80.0) << load_ms << " ms, " << seconds << " s, " << phase;
        EXPECT_GE(band.high.value(), 80.0) << load_ms << " ms, " << seconds << " s, " << phase;
      }
    }
  }
}

TEST(SensorLockTest, TheBandIsNarrowWhereTheSensorSeesAllPhases) {
  const PowerSample band = BandOf(80, 97, 20);
  EXPECT_GT(band.low.value(), 80 * 0.95);
  EXPECT_LT(band.high.value(), 80 * 1.05);
  EXPECT_GT(BandOf(80, 100, 20).high.value(), 130);
}

TEST(SensorLockTest, AnUnknownLoadAndASensorThatSeesAllAreNotWidened) {
  const absl::Duration ms = absl::Milliseconds(1);
  EXPECT_EQ(Unevenness(25 * ms, 100 * ms, absl::ZeroDuration(), absl::Seconds(9)), 0);
  EXPECT_EQ(Unevenness(absl::ZeroDuration(), 100 * ms, 100 * ms, absl::Seconds(9)), 0);
  EXPECT_EQ(Unevenness(100 * ms, 100 * ms, 100 * ms, absl::Seconds(9)), 0);
}

}  // namespace
}  // namespace powerdown
