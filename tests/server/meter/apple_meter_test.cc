#include "server/meter/apple_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/simulated_clock.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class ScriptedSource : public AppleSource {
 public:
  explicit ScriptedSource(AppleDump* dump) : dump_(*dump) {}
  absl::StatusOr<AppleDump> Read(absl::Duration now) override {
    AppleDump dump = dump_;
    dump.at = now;
    if (dump.channels.empty() && !dump.system) return absl::UnavailableError("nothing answers");
    return dump;
  }

 private:
  const AppleDump& dump_;
};

class AppleMeterTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<AppleMeter>> Open() {
    return AppleMeter::Open(std::make_unique<ScriptedSource>(&dump_), clock_.Now());
  }
  AppleDump dump_;
  SimulatedClock clock_;
};

TEST_F(AppleMeterTest, TheTotalIsPstrAndTheSplitIsBesideIt) {
  dump_.system = Watts(65);
  dump_.channels = {{"CPU Energy", "mJ", 0}};
  const auto meter = *Open();
  EXPECT_EQ(meter->description().device, "system");
  EXPECT_EQ(meter->description().source, "smc");
  EXPECT_EQ(meter->Read(clock_.Now())->power, Watts(65));
  dump_.channels[0].value = 30000;
  ASSERT_TRUE(meter->Read(clock_.Advance(absl::Seconds(1))).ok());
  EXPECT_NEAR(meter->split().other->value(), 35, 1e-9);
  dump_.system.reset();
  EXPECT_TRUE(absl::IsUnavailable(meter->Read(clock_.Advance(absl::Seconds(1))).status()));
}

TEST_F(AppleMeterTest, WithoutTheSmcTheSumOfThePartsIsACounter) {
  dump_.channels = {{"CPU Energy", "mJ", 1000}, {"GPU Energy", "mJ", 2000}, {"ECPU", "mJ", 7}};
  const auto meter = *Open();
  EXPECT_EQ(meter->description().source, "ioreport");
  EXPECT_NEAR(meter->Read(clock_.Now())->counter->value(), 3, 1e-12);
}

TEST_F(AppleMeterTest, AFrozenPartMakesTheSumUnavailable) {
  dump_.channels = {{"CPU Energy", "mJ", 0}, {"GPU Energy", "mJ", 0}};
  const auto meter = *Open();
  absl::Status last;
  for (int second = 0; second < 20; ++second) {
    if (second < 3) dump_.channels[0].value += 20000;
    dump_.channels[1].value += 9000;
    last = meter->Read(clock_.Advance(absl::Seconds(1))).status();
  }
  EXPECT_TRUE(absl::IsUnavailable(last));
  EXPECT_THAT(std::string(last.message()), HasSubstr("cpu's energy counter does not change"));
}

TEST_F(AppleMeterTest, NothingToReadIsAnErrorAndElsewhereThereIsNoMac) {
  EXPECT_TRUE(absl::IsUnavailable(Open().status()));
#ifndef __APPLE__
  EXPECT_TRUE(absl::IsUnimplemented(OpenAppleSource().status()));
#endif
}

}  // namespace
}  // namespace powerdown
