#include "server/trainer/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

// How many answers are not x + y (mod 7).
int64_t WrongSums(const Pairs& pairs) {
  int64_t wrong = 0;
  for (size_t row = 0; row < pairs.answers.size(); ++row) {
    const int64_t sum = pairs.questions.at(2 * row) + pairs.questions.at(2 * row + 1);
    wrong += sum % 7 == pairs.answers[row] ? 0 : 1;
  }
  return wrong;
}

TEST(DatasetTest, PairsAreTheTaskSplitInTwo) {
  const absl::StatusOr<Dataset> dataset = MakeDataset(TinySpec());
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.size() + dataset->validation.size(), 49);
  EXPECT_EQ(dataset->train.size(), 25);
  EXPECT_EQ(WrongSums(dataset->validation), 0);
}

TEST(DatasetTest, ABatchIsThatOfTheSpecOrAllTrainingPairs) {
  RunSpec spec = TinySpec();
  const absl::StatusOr<Dataset> dataset = MakeDataset(spec);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(BatchSizeOf(spec, *dataset), 25);
  spec.batch_size = 7;
  EXPECT_EQ(BatchSizeOf(spec, *dataset), 7);
}

TEST(DatasetTest, LabelNoiseSpoilsTrainingAnswersOnly) {
  RunSpec spec = TinySpec();
  spec.label_noise = 0.2;
  const absl::StatusOr<Dataset> dataset = MakeDataset(spec);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(WrongSums(dataset->train), 5);
  EXPECT_EQ(WrongSums(dataset->validation), 0);
}

TEST(DatasetTest, ATableComesWithTheSpec) {
  RunSpec spec = TinySpec();
  spec.task = "table:colours.csv";
  spec.table = "x,y,answer\nred,blue,violet\nred,red,red\nblue,blue,blue\n";
  const absl::StatusOr<Dataset> dataset = MakeDataset(spec);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->table.symbols, 2);
  EXPECT_EQ(dataset->table.classes, 3);
  EXPECT_EQ(dataset->train.size(), 2);
}

TEST(DatasetTest, NamesFileAndLineOfABadTable) {
  RunSpec spec = TinySpec();
  spec.task = "table:colours.csv";
  spec.table = "red,blue,violet\nred,red\n";
  const absl::Status status = MakeDataset(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("colours.csv: line 2: "));
}

TEST(DatasetTest, RefusesAStepThatDoesNotFitInMemory) {
  RunSpec spec = TinySpec();
  spec.modulus = 997;
  spec.hidden = 1024;
  spec.layers = 4;
  const absl::Status status = MakeDataset(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("batch_size: full needs"));
}

}  // namespace
}  // namespace powerdown
