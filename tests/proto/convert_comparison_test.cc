#include "tests/proto/full_values.h"

namespace powerdown {
namespace {

Comparison FullComparison() {
  Comparison comparison;
  comparison.comparison_id = "01comparison";
  comparison.mode = ComparisonMode::kParallel;
  comparison.owner = "ada";
  comparison.spec = FullSpec();
  comparison.schedule_policy = "twice-median";
  comparison.schedule_max_steps = 1450;
  comparison.schedule_source = "measured";
  comparison.usual = FullRun();
  comparison.stopped = FullRun();
  comparison.stopped.run_id = "01stopped";
  comparison.has_ended = true;
  comparison.recuts = {
      {.policy = "literature", .max_steps = 100000, .share = 0.98, .is_extrapolated = true}};
  comparison.naive_stop = NaiveStop{.rule = "patience-10", .step = 200, .accuracy = 0.03};
  comparison.saved = Saving{.gross = Joules(10),
                            .net = Joules(4),
                            .low = Joules(8),
                            .high = Joules(12),
                            .share = 0.4,
                            .co2 = GramsCo2(0.1),
                            .cost = {.amount = 0.002, .currency = "USD"}};
  comparison.accuracy_change = -0.001;
  comparison.identical_prefix = true;
  comparison.fleet = {{.runs_per_year = 1000,
                       .kwh = 1,
                       .kwh_low = 0.5,
                       .kwh_high = 1.5,
                       .co2_kg = 0.4,
                       .cost = {.amount = 0.3, .currency = "USD"},
                       .phone_charges = 30,
                       .car_km = 2}};
  comparison.created_at = absl::FromUnixMicros(1'700'000'000'000'005);
  return comparison;
}

TEST(ConvertComparisonTest, EveryFieldArrives) {
  const v1::Comparison wire = ToWire(FullComparison());
  ExpectEveryFieldIsSet(wire);
  const absl::StatusOr<Comparison> received = FromWire(Sent(wire));
  ASSERT_TRUE(received.ok());
  EXPECT_TRUE(Equal(ToWire(*received), wire));
  EXPECT_EQ(received->mode, ComparisonMode::kParallel);
  EXPECT_EQ(received->stopped.run_id, "01stopped");
}

TEST(ConvertComparisonTest, WhatIsUnknownStaysUnknown) {
  Comparison comparison = FullComparison();
  comparison.naive_stop.reset();
  comparison.saved.reset();
  comparison.accuracy_change.reset();
  comparison.recuts[0].share.reset();
  const absl::StatusOr<Comparison> received = FromWire(Sent(ToWire(comparison)));
  ASSERT_TRUE(received.ok());
  EXPECT_FALSE(received->naive_stop || received->saved || received->accuracy_change);
  EXPECT_FALSE(received->recuts[0].share.has_value());
}

TEST(ConvertComparisonTest, ModeOfANewerDaemonIsAnErrorNotAGuess) {
  v1::Comparison wire = ToWire(FullComparison());
  wire.set_mode("threefold");
  const absl::Status status = FromWire(wire).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("threefold"), std::string::npos);
}

}  // namespace
}  // namespace powerdown
