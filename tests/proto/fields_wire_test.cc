#include "proto/fields_wire.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "proto/convert_summary.h"
#include "tests/proto/full_values.h"
#include "tests/support/any_values.h"

namespace powerdown {
namespace {

// As StatusOr, whether the conversion can fail or not.
template <typename T>
absl::StatusOr<T> Arrived(absl::StatusOr<T> value) {
  return value;
}

template <typename T, unsigned kWithout = kNotInJson>
void ExpectArrives() {
  const T value = AnyOf<T>();
  const absl::StatusOr<T> received = Arrived<T>(FromWire(Sent(ToWire(value))));
  RC_ASSERT(received.ok());
  RC_ASSERT(Difference<kWithout>(value, *received) == "");
}

RC_GTEST_PROP(FieldsWireTest, EveryFieldOfARunArrives, ()) {
  ExpectArrives<powerdown::Run>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAComparisonArrives, ()) {
  ExpectArrives<Comparison>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAReportArrives, ()) {
  ExpectArrives<StepReport>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAnEventArrives, ()) {
  ExpectArrives<RunEvent>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAForecastArrives, ()) {
  ExpectArrives<Forecast>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAnOverviewArrives, ()) {
  ExpectArrives<RunOverview>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAQuizArrives, ()) {
  ExpectArrives<QuizResult>();
}
RC_GTEST_PROP(FieldsWireTest, EveryFieldOfAGridArrives, ()) {
  ExpectArrives<AnswerGrid, kPlain>();
}

// The report is converted by hand.
RC_GTEST_PROP(FieldsWireTest, AReportIsWrittenAsItsListSays, ()) {
  const auto report = AnyOf<StepReport>();
  v1::StepReport wire;
  WireWriter::Write(report, wire);
  RC_ASSERT(wire.SerializeAsString() == ToWire(report).SerializeAsString());
}

TEST(FieldsWireTest, EnumeratorsAreTheirWords) {
  EXPECT_EQ(WireNumber(*v1::RunState_descriptor(), "stopped"), v1::RUN_STATE_STOPPED);
  EXPECT_EQ(*WordOf(*v1::AutoStop_descriptor(), v1::AUTO_STOP_PLANNED), "planned");
  EXPECT_EQ(WordOf(*v1::RunState_descriptor(), 99).status().message(),
            "RunState 99 is not known to this program; update it");
}

}  // namespace
}  // namespace powerdown
