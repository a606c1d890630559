#include "server/meter/powermetrics_meter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_format.h"
#include "server/meter/metered_device.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

class PowermetricsMeterTest : public ::testing::Test {
 protected:
  static Instant At(double seconds) {
    const absl::Duration at = absl::Seconds(1000 + seconds);
    return {at, at, absl::UnixEpoch() + at};
  }
  static std::string Sample(double seconds, double watts) {
    return absl::StrFormat(
        "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict><key>elapsed_ns</key>"
        "<integer>%.0f</integer><key>processor</key><dict><key>combined_power</key>"
        "<real>%.1f</real></dict></dict></plist>\n",
        seconds * 1e9, watts * 1e3);
  }
  void Write(const std::string& text, std::ios::openmode mode = std::ios::app) {
    std::ofstream(path_, mode) << text;
  }
  void Open() {
    auto meter = PowermetricsMeter::Open(path_, At(0));
    ASSERT_TRUE(meter.ok()) << meter.status();
    meter_ = *std::move(meter);
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powermetrics";
  std::unique_ptr<PowermetricsMeter> meter_;
};

TEST_F(PowermetricsMeterTest, CountsByTheElapsedTimeAndOnlyWhatComesAfterItsStart) {
  Write(Sample(5, 999));
  Open();
  Write(Sample(0.5, 20) + Sample(0.6, 30).substr(0, 40));
  EXPECT_DOUBLE_EQ(meter_->Read(At(0.6))->counter->value(), 10);
  Write(Sample(0.6, 30).substr(40));
  EXPECT_DOUBLE_EQ(meter_->Read(At(1.2))->counter->value(), 28);
  EXPECT_FALSE(meter_->Read(At(1.2))->has_restarted);
}

TEST_F(PowermetricsMeterTest, AFileThatDoesNotGrowIsUnavailableAndWhatComesLaterCoversTheTime) {
  Write("");
  Open();
  Write(Sample(0.5, 20));
  ASSERT_TRUE(meter_->Read(At(0.5)).ok());
  EXPECT_EQ(meter_->Read(At(4)).status().message(), path_ + " has no new sample");
  Write(Sample(4, 20));
  const auto reading = meter_->Read(At(4.5));
  ASSERT_TRUE(reading.ok());
  EXPECT_DOUBLE_EQ(reading->counter->value(), 90);
  EXPECT_FALSE(reading->has_restarted);
}

TEST_F(PowermetricsMeterTest, TimeThatNoSampleCoversIsARestartAndNotAZero) {
  Write("");
  Open();
  Write(Sample(0.5, 20));
  ASSERT_TRUE(meter_->Read(At(0.5)).ok());
  Write(Sample(0.5, 20));  // of a powermetrics that was started again
  EXPECT_TRUE(meter_->Read(At(10))->has_restarted);
  Write(Sample(0.5, 20));
  EXPECT_FALSE(meter_->Read(At(10.5))->has_restarted);
  Write(Sample(0.2, 20), std::ios::trunc);
  EXPECT_TRUE(meter_->Read(At(10.7))->has_restarted);
}

TEST_F(PowermetricsMeterTest, AMinuteOf37WattsIs2220Joules) {
  Write("");
  Open();
  MeteredDevice device(std::move(meter_));
  Joules sum;
  for (int i = 1; i <= 600; ++i) {
    if (i % 5 == 0) Write(Sample(0.5, 37));  // powermetrics is slower than the sampler
    if (const auto sample = device.Read(At(i * 0.1))) {
      EXPECT_DOUBLE_EQ(sample->coverage, 1);
      sum += sample->power * (sample->end - sample->start);
    }
  }
  // The first sample only begins the count.
  EXPECT_NEAR(sum.value(), 37 * 59.9, 37 * 0.6);
}

TEST_F(PowermetricsMeterTest, ReadsAFifoThatNobodyWritesTo) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  Open();
  EXPECT_DOUBLE_EQ(meter_->Read(At(0.5))->counter->value(), 0);
  const int writer = open(path_.c_str(), O_WRONLY);
  const std::string text = Sample(0.5, 20);
  ASSERT_EQ(write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_DOUBLE_EQ(meter_->Read(At(1))->counter->value(), 10);
  close(writer);
  EXPECT_EQ(meter_->Read(At(4)).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(PowermetricsMeter::Open(folder_.path() + "/none", At(0)).ok());
}

}  // namespace
}  // namespace powerdown
