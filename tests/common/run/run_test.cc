#include "common/run/run.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(RunTest, StateNamesReadBack) {
  for (int i = 0; i <= static_cast<int>(RunState::kCancelled); ++i) {
    const auto state = static_cast<RunState>(i);
    EXPECT_EQ(*ParseNamed<RunState>(NameOf(state)), state);
  }
  EXPECT_EQ(NameOf(RunState::kPaused), "paused");
  EXPECT_FALSE(ParseNamed<RunState>("running ").ok());
}

TEST(RunTest, RevisionOfEitherUpdate) {
  StepReport report;
  report.revision = 7;
  RunEvent event;
  event.revision = 8;
  EXPECT_EQ(RevisionOf(report), 7);
  EXPECT_EQ(RevisionOf(event), 8);
}

}  // namespace
}  // namespace powerdown
