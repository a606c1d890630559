#include "client/cli/commands/run_submit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(RunSubmitTest, FlagsBecomeTheSubmission) {
  const SubmitOptions options =
      ParsedBy(ReadSubmit, {"run", "submit", "--modulus", "31", "--auto-stop", "observe",
                            "--abandon", "on", "--tag", "a", "--tag", "b", "--priority", "-2",
                            "--budget", "5Wh", "--private", "--wait", "--dry-run"});
  const Connection::Submission& submission = options.submission;
  EXPECT_EQ(submission.spec.modulus, 31);
  EXPECT_EQ(submission.auto_stop, AutoStop::kObserve);
  EXPECT_EQ(submission.abandon, AutoStop::kOn);
  EXPECT_EQ(submission.tags, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(submission.priority, -2);
  EXPECT_EQ(submission.budget, "5Wh");
  EXPECT_TRUE(submission.is_private && submission.validate_only && options.has_wait);
}

TEST(RunSubmitTest, ASweepIsCheckedAsAWhole) {
  const SubmitOptions options = ParsedBy(ReadSubmit, {"run", "submit", "--modulus", "31", "--sweep",
                                                      "seed=0..2,task=addition|s4", "--name", "n"});
  ASSERT_EQ(options.sweep.size(), 6u);
  EXPECT_EQ(options.sweep[5].label, "seed=2 task=s4");
  EXPECT_EQ(options.sweep[5].spec.modulus, 31);
  EXPECT_EQ(options.submission.name, "n");
  EXPECT_THAT(CommandLineError({"run", "submit", "--sweep", "task=division,modulus=59|60"}),
              HasSubstr("sweep: task=division modulus=60: modulus: 60 is not prime"));
}

}  // namespace
}  // namespace powerdown
