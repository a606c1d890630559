#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/run/run_spec.h"
#include "common/task/task.h"
#include "tests/common/task/made_task.h"

namespace powerdown {
namespace {

// Share of the held-out rows whose mirror image is trained on.
double MirrorShare(const TaskTable& table, const Split& split) {
  if (table.operands != 2 || split.validation.empty()) return 0;
  std::set<std::pair<int32_t, int32_t>> mirrors;
  for (const int32_t row : split.train) {
    mirrors.emplace(table.questions[2 * row + 1], table.questions[2 * row]);
  }
  const auto mirrored =
      std::count_if(split.validation.begin(), split.validation.end(), [&](int32_t row) {
        return mirrors.count({table.questions[2 * row], table.questions[2 * row + 1]}) > 0;
      });
  return static_cast<double>(mirrored) / static_cast<double>(split.validation.size());
}

TEST(SplitTest, SidesMakeUpTheTable) {
  const TaskTable table = Table("addition");
  const Split split = MakeSplit(table, RunSpec());
  EXPECT_EQ(split.train.size(), 1741u);  // 1740.5 rounded
  std::vector<int32_t> all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  std::sort(all.begin(), all.end());
  for (int32_t row = 0; row < table.size(); ++row) ASSERT_EQ(all[row], row);
  EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
}

TEST(SplitTest, IsTheSameOnEveryMachine) {
  RunSpec spec;
  spec.modulus = 5;
  spec.train_fraction = 0.4;
  spec.split_seed = 42;
  EXPECT_THAT(MakeSplit(Table("addition", 5), spec).train,
              ::testing::ElementsAre(3, 4, 5, 7, 11, 13, 15, 16, 17, 22));
  const Split split = MakeSplit(Table("addition", 5), spec);
  spec.split_seed = 43;
  EXPECT_NE(MakeSplit(Table("addition", 5), spec).train, split.train);
  spec.split_seed = 42;
  spec.seed = 9;  // the initial weights' seed has no say in the split
  EXPECT_EQ(MakeSplit(Table("addition", 5), spec).train, split.train);
}

TEST(SplitTest, UnorderedKeepsMirrorImagesTogether) {
  RunSpec spec;
  spec.split = "unordered";
  const TaskTable table = Table("addition");
  const Split split = MakeSplit(table, spec);
  EXPECT_EQ(MirrorShare(table, split), 0);
  EXPECT_EQ(split.train.size() + split.validation.size(), 3481u);
  EXPECT_NEAR(static_cast<double>(split.train.size()), 1741, 1);
  spec.split = "random";
  EXPECT_NEAR(MirrorShare(table, MakeSplit(table, spec)), 0.5, 0.05);
}

// Row 0 asks (0, 0), and has no mirror image; x / y has none for y = 0.
TEST(SplitTest, UnorderedLeavesNoRowOut) {
  RunSpec spec;
  spec.split = "unordered";
  const TaskTable table = Table("division", 7);
  const Split split = MakeSplit(table, spec);
  std::vector<int32_t> all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 42u);
  for (int32_t row = 0; row < 42; ++row) EXPECT_EQ(all[row], row);
  EXPECT_EQ(MirrorShare(table, split), 0);
}

TEST(LabelNoiseTest, ReplacesExactlyTheShareOfTrainingAnswers) {
  RunSpec spec;
  spec.label_noise = 0.1;
  const TaskTable clean = Table("addition");
  const Split split = MakeSplit(clean, spec);
  TaskTable noisy = clean;
  ApplyLabelNoise(noisy, split, spec);
  int64_t wrong = 0;
  for (int32_t row : split.train) wrong += noisy.answers[row] != clean.answers[row];
  EXPECT_EQ(wrong, 174);
  int64_t wrong_in_first_half = 0;  // rows are drawn, not simply the first ones
  for (size_t i = 0; i < split.train.size() / 2; ++i) {
    wrong_in_first_half += noisy.answers[split.train[i]] != clean.answers[split.train[i]];
  }
  EXPECT_NEAR(static_cast<double>(wrong_in_first_half), 87, 30);
  for (int32_t row : split.validation) ASSERT_EQ(noisy.answers[row], clean.answers[row]);
  TaskTable again = clean;
  ApplyLabelNoise(again, split, spec);
  EXPECT_EQ(again.answers, noisy.answers);
}

TEST(LabelNoiseTest, NoneChangesNothing) {
  TaskTable table = Table("addition");
  const std::vector<int32_t> answers = table.answers;
  ApplyLabelNoise(table, MakeSplit(table, RunSpec()), RunSpec());
  EXPECT_EQ(table.answers, answers);
}

}  // namespace
}  // namespace powerdown
