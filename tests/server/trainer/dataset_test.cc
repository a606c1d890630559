#include "server/trainer/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

TEST(DatasetTest, PairsAreTheTaskSplitInTwo) {
  const absl::StatusOr<Dataset> dataset = MakeDataset(TinySpec());
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.size() + dataset->validation.size(), 49);
  EXPECT_EQ(dataset->train.size(), 25);
  const torch::Tensor sum = dataset->validation.questions.sum(1).remainder(7);
  EXPECT_TRUE(sum.equal(dataset->validation.answers));
}

TEST(DatasetTest, LabelNoiseSpoilsTrainingAnswersOnly) {
  RunSpec spec = TinySpec();
  spec.label_noise = 0.2;
  const absl::StatusOr<Dataset> dataset = MakeDataset(spec);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const auto wrong = [](const Pairs& pairs) {
    return pairs.questions.sum(1).remainder(7).ne(pairs.answers).sum().item<int64_t>();
  };
  EXPECT_EQ(wrong(dataset->train), 5);
  EXPECT_EQ(wrong(dataset->validation), 0);
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
  spec.hidden = 4096;
  spec.layers = 4;
  const absl::Status status = MakeDataset(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("batch_size: full needs"));
}

}  // namespace
}  // namespace powerdown
