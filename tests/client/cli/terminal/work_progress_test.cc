#include "client/cli/terminal/work_progress.h"

#include <gmock/gmock.h>

namespace powerdown {
namespace {

TEST(WorkProgressTest, TheTimeLeftFollowsFromTheShareThatIsDone) {
  EXPECT_EQ(WorkText("evaluating", 0.25, absl::Minutes(1)), "evaluating: 25%, about 3 min left");
  EXPECT_EQ(WorkText("evaluating", 1, absl::Minutes(1)), "evaluating: 100%, under 1 s left");
}

TEST(WorkProgressTest, NothingIsForetoldFromNothing) {
  EXPECT_EQ(WorkText("evaluating", 0, absl::Seconds(5)), "evaluating: 5 s so far");
}

TEST(WorkProgressTest, AFileGetsNoProgress) {
  FILE* file = tmpfile();
  {
    Console console(file, file, ColorChoice::kNever);
    WorkProgress progress(console, "evaluating");
    progress.Tell(0.5);
  }
  EXPECT_EQ(ftell(file), 0);
  fclose(file);
}

}  // namespace
}  // namespace powerdown
