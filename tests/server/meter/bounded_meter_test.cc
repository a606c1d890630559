#include "server/meter/bounded_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "server/meter/sampler.h"
#include "tests/fakes/fake_meter.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

Instant At(double seconds) {
  Instant now;
  now.monotonic = now.boottime = absl::Seconds(seconds);
  return now;
}

// A driver that a test lets hang.
struct Driver {
  std::unique_ptr<absl::Notification> hang;  // reads hang until it is notified; null: they do not
  absl::Notification begun;                  // a read hangs
};
class HangingMeter : public FakePowerMeter {
 public:
  explicit HangingMeter(std::shared_ptr<Driver> driver)
      : FakePowerMeter("gpu-0"), driver_(std::move(driver)) {}
  absl::StatusOr<PowerReading> Read(Instant now) override {
    if (driver_->hang != nullptr && !driver_->hang->HasBeenNotified()) {
      if (!driver_->begun.HasBeenNotified()) driver_->begun.Notify();
      driver_->hang->WaitForNotification();
    }
    return FakePowerMeter::Read(now);
  }

 private:
  const std::shared_ptr<Driver> driver_;
};

class BoundedMeterTest : public ::testing::Test {
 protected:
  std::unique_ptr<BoundedMeter> Bounded(absl::Duration limit) {
    return std::make_unique<BoundedMeter>(std::make_shared<HangingMeter>(driver_), side_, limit);
  }

  const std::shared_ptr<Driver> driver_ = std::make_shared<Driver>();
  const std::shared_ptr<CallThread> side_ = std::make_shared<CallThread>("the driver");
};

TEST_F(BoundedMeterTest, ADriverThatHangsIsAFailedReadUntilItAnswersAgain) {
  const auto meter = Bounded(absl::Milliseconds(200));
  EXPECT_EQ(meter->description().device, "gpu-0");
  ASSERT_TRUE(meter->Read(At(1)).ok());
  driver_->hang = std::make_unique<absl::Notification>();
  const absl::Status hangs = meter->Read(At(2)).status();
  EXPECT_TRUE(absl::IsUnavailable(hangs)) << hangs;
  EXPECT_EQ(hangs.message(), "the driver has not answered for 200ms");
  meter->Rest();
  EXPECT_TRUE(absl::IsUnavailable(meter->Read(At(3)).status()));
  driver_->hang->Notify();
  absl::StatusOr<PowerReading> reading = hangs;
  while (!reading.ok()) reading = meter->Read(At(4));
  EXPECT_NEAR(reading->counter->value(), 300, 1e-9) << "the counter went on";
}

TEST_F(BoundedMeterTest, AnotherMeterOfAHangingDriverIsNotWaitedFor) {
  const auto one = Bounded(absl::Milliseconds(1));
  const auto other = std::make_unique<BoundedMeter>(std::make_shared<FakePowerMeter>("gpu-1"),
                                                    side_, absl::Minutes(1));
  driver_->hang = std::make_unique<absl::Notification>();
  EXPECT_FALSE(one->Read(At(1)).ok());
  EXPECT_FALSE(other->Read(At(1)).ok());
  driver_->hang->Notify();
}

// Issue 17: whoever asked the sampler anything waited for the driver too.
TEST_F(BoundedMeterTest, NobodyElseWaitsForAReadThatHangs) {
  std::vector<std::unique_ptr<PowerMeter>> meters;
  meters.push_back(Bounded(absl::Minutes(1)));
  FakeActivity::Box box;
  Sampler sampler(SamplerOptions(), std::move(meters), std::make_unique<FakeActivity>(&box));
  sampler.Tick(At(1));
  driver_->hang = std::make_unique<absl::Notification>();
  std::thread ticking([&] { sampler.Tick(At(2)); });
  driver_->begun.WaitForNotification();
  EXPECT_TRUE(sampler.RecentSamples(absl::ZeroDuration()).empty());
  EXPECT_FALSE(sampler.StandingAt("run/1/1", absl::Seconds(1)).has_value());
  EXPECT_TRUE(sampler.Meters().empty());
  driver_->hang->Notify();
  ticking.join();
  EXPECT_EQ(sampler.RecentSamples(absl::ZeroDuration()).size(), 1u);
}

}  // namespace
}  // namespace powerdown
