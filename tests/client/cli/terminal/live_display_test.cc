#include "client/cli/terminal/live_display.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// What is said on a stderr that is a file.
class LiveDisplayTest : public ::testing::Test {
 protected:
  LiveDisplayTest() : err_(std::tmpfile()), console_(stdout, err_, ColorChoice::kNever) {}
  ~LiveDisplayTest() override { std::fclose(err_); }
  std::vector<std::string> Lines() {
    std::rewind(err_);
    std::vector<std::string> lines;
    char line[512];
    while (std::fgets(line, sizeof line, err_)) lines.push_back(line);
    return lines;
  }

  FILE* err_;
  Console console_;
};

TEST_F(LiveDisplayTest, SaysALineEveryTenthAndEachMilestone) {
  LiveDisplay display(console_, SampleRun(), [] { return SampleRun(); });
  display.MakeComparison("01k9comparison", false);
  for (int64_t step = 0; step <= 1450; step += 10) display.Apply(0, SampleReport(step, step + 1));
  display.Apply(0, SampleEvent("grokked", 720));
  display.Apply(0, SampleEvent("decision", 720));
  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 12u);
  EXPECT_THAT(lines[1], HasSubstr("step 150 of 1,450 (10%)"));
  EXPECT_EQ(lines.back(), "grokked at step 720\n");
}

TEST_F(LiveDisplayTest, LostConnectionIsSaidAndItsReturnIsNot) {
  LiveDisplay display(console_, SampleRun(), [] { return SampleRun(); });
  display.SetConnection("reconnecting in 2 s");
  EXPECT_EQ(display.Scene().state, "reconnecting in 2 s");
  display.SetConnection("connected");
  EXPECT_EQ(display.Scene().state, "starting");
  EXPECT_EQ(Lines().size(), 1u);
}

TEST_F(LiveDisplayTest, EndIsCertainOnceAMultipleOfTheGrokStepIsKnown) {
  powerdown::Run run = SampleRun();
  run.max_steps = 10000;
  run.grok_multiple = 1.32;
  LiveDisplay display(console_, run, [&] { return run; });
  EXPECT_FALSE(display.Scene().is_end_certain);
  display.Apply(0, SampleEvent("grokked", 720));
  EXPECT_TRUE(display.Scene().is_end_certain);
  EXPECT_EQ(display.Scene().end_step, 951);
}

}  // namespace
}  // namespace powerdown
