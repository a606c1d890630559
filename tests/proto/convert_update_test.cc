#include <cmath>
#include <limits>

#include "tests/proto/full_values.h"

namespace powerdown {
namespace {

StepReport FullReport() {
  StepReport report;
  report.revision = 12;
  report.run_id = "01run";
  report.attempt = 2;
  report.time = absl::FromUnixMicros(1'700'000'000'000'003);
  report.evaluation = {.step = 40,
                       .train_loss = 0.1,
                       .train_accuracy = 0.9,
                       .validation_loss = 3.5,
                       .validation_accuracy = 0.2};
  report.gradient_norm = 1.5;
  report.weight_norm = 30;
  report.activation_sparsity = 0.4;
  report.power = Watts(25);
  report.energy = Joules(3);
  report.metrics_json = R"({"perplexity":7.5})";
  return report;
}

TEST(ConvertUpdateTest, EveryFieldOfAReportArrives) {
  const v1::StepReport wire = ToWire(FullReport());
  ExpectEveryFieldIsSet(wire);
  const StepReport received = FromWire(Sent(wire));
  EXPECT_TRUE(Equal(ToWire(received), wire));
  EXPECT_EQ(received.evaluation.step, 40);
  EXPECT_EQ(received.energy, Joules(3));
  EXPECT_EQ(received.metrics_json, FullReport().metrics_json);
}

TEST(ConvertUpdateTest, NotANumberAndInfinitySurvive) {
  StepReport report = FullReport();
  report.evaluation.train_loss = std::numeric_limits<double>::quiet_NaN();
  report.gradient_norm = std::numeric_limits<double>::infinity();
  report.power.reset();
  const StepReport received = FromWire(Sent(ToWire(report)));
  EXPECT_TRUE(std::isnan(*received.evaluation.train_loss));
  EXPECT_TRUE(std::isinf(*received.gradient_norm));
  EXPECT_FALSE(received.power.has_value());
}

TEST(ConvertUpdateTest, WhatIsNotKnownStaysUnknown) {
  StepReport report = FullReport();
  report.evaluation.train_loss.reset();
  report.evaluation.validation_loss.reset();
  report.gradient_norm.reset();
  report.weight_norm.reset();
  report.activation_sparsity.reset();
  const StepReport received = FromWire(Sent(ToWire(report)));
  EXPECT_FALSE(received.evaluation.train_loss || received.evaluation.validation_loss);
  EXPECT_FALSE(received.gradient_norm || received.weight_norm || received.activation_sparsity);
  EXPECT_EQ(received.evaluation.train_accuracy, 0.9);
}

TEST(ConvertUpdateTest, EveryFieldOfAnEventArrives) {
  const RunEvent event{.revision = 13,
                       .run_id = "01run",
                       .attempt = 1,
                       .time = absl::FromUnixMicros(1'700'000'000'000'004),
                       .kind = EventKind::kGrokked,
                       .step = 700,
                       .message = "grokked at step 700",
                       .details_json = "{}"};
  const v1::RunEvent wire = ToWire(event);
  ExpectEveryFieldIsSet(wire);
  EXPECT_TRUE(Equal(ToWire(FromWire(Sent(wire))), wire));
  EXPECT_EQ(FromWire(wire).step, 700);
}

TEST(ConvertUpdateTest, UpdatesKeepTheirKindAndUnknownKindsAreNullopt) {
  const std::optional<RunUpdate> report = FromWire(ToWire(RunUpdate(FullReport())));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(RevisionOf(*report), 12);
  const std::optional<RunUpdate> event = FromWire(ToWire(RunUpdate(RunEvent())));
  ASSERT_TRUE(event.has_value());
  EXPECT_TRUE(std::holds_alternative<RunEvent>(*event));
  EXPECT_FALSE(FromWire(v1::RunUpdate()).has_value());
}

}  // namespace
}  // namespace powerdown
