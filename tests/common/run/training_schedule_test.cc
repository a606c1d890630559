#include "common/run/training_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// A family that nobody ships a median for.
RunSpec RareSpec() {
  RunSpec spec;
  spec.hidden = 77;
  spec.max_steps = 4321;
  return spec;
}

TEST(TrainingScheduleTest, ReadsNamesAndSteps) {
  EXPECT_EQ(ParseSchedule("twice-median")->policy, SchedulePolicy::kTwiceMedian);
  EXPECT_EQ(ParseSchedule("prototype")->policy, SchedulePolicy::kPrototype);
  EXPECT_EQ(ParseSchedule("literature")->policy, SchedulePolicy::kLiterature);
  EXPECT_EQ(ParseSchedule("5000")->policy, SchedulePolicy::kFixed);
  EXPECT_EQ(ParseSchedule("5000")->steps, 5000);
}

TEST(TrainingScheduleTest, BadSchedulesNameWhatIsAllowed) {
  EXPECT_EQ(ParseSchedule("0").status().message(),
            "schedule: 0 is out of range; allowed: twice-median, prototype, literature, or 1 to "
            "100000000 steps");
  EXPECT_THAT(std::string(ParseSchedule("double").status().message()),
              HasSubstr("schedule: \"double\" is not known"));
}

TEST(TrainingScheduleTest, TwiceMedianIsTwiceWhatWasMeasured) {
  const FamilyMedian measured{SpecFamily(RareSpec()), 725.25, 20, "this store"};
  const TrainingSchedule schedule = ResolveSchedule({}, RareSpec(), measured);
  EXPECT_EQ(schedule.policy, SchedulePolicy::kTwiceMedian);
  EXPECT_EQ(schedule.max_steps, 1451);
  EXPECT_EQ(schedule.grok_multiple, std::nullopt);
  EXPECT_EQ(schedule.source,
            "twice the median grok step of this family, 725.25 over 20 runs (this store)");
}

TEST(TrainingScheduleTest, AnUnmeasuredFamilyFallsBackAndSaysSo) {
  const TrainingSchedule schedule = ResolveSchedule({}, RareSpec(), std::nullopt);
  EXPECT_EQ(schedule.policy, SchedulePolicy::kPrototype);
  EXPECT_EQ(schedule.grok_multiple, 1.32);
  EXPECT_EQ(schedule.max_steps, 4321);
  EXPECT_THAT(schedule.source, HasSubstr("nobody has measured this family's grok step"));
}

TEST(TrainingScheduleTest, LiteratureAndFixedAreTheirNumbers) {
  const TrainingSchedule literature =
      ResolveSchedule({SchedulePolicy::kLiterature, 0}, RareSpec(), std::nullopt);
  EXPECT_EQ(literature.max_steps, 100000);
  EXPECT_THAT(literature.source, HasSubstr("2201.02177"));
  const TrainingSchedule fixed = ResolveSchedule(*ParseSchedule("777"), RareSpec(), std::nullopt);
  EXPECT_EQ(fixed.max_steps, 777);
  EXPECT_EQ(NameOf(fixed.policy), "fixed");
}

TEST(TrainingScheduleTest, AFamilyWithoutAShippedMedianHasNone) {
  EXPECT_EQ(FindShippedMedian("no/such/family").has_value(), false);
}

}  // namespace
}  // namespace powerdown
