#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Problem(const RunSpec& spec) {
  return std::string(ValidateSpec(spec).message());
}

TEST(RunSpecValidationTest, DefaultsAreValid) {
  EXPECT_TRUE(ValidateSpec(RunSpec()).ok());
}

TEST(RunSpecValidationTest, FieldsSetByCodeAreCheckedToo) {
  RunSpec spec;
  spec.modulus = 1;
  EXPECT_EQ(Problem(spec), "modulus: 1 is out of range; allowed: 2 to 1000");
  spec = RunSpec();
  spec.learning_rate = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(Problem(spec), StartsWith("learning_rate: "));
  spec = RunSpec();
  spec.batch_size = -1;
  EXPECT_THAT(Problem(spec), StartsWith("batch_size: -1 is out of range"));
}

TEST(RunSpecValidationTest, HeadsMustDivideTheWidthOfATransformer) {
  RunSpec spec;
  spec.heads = 3;
  EXPECT_TRUE(ValidateSpec(spec).ok());
  spec.model = "transformer";
  EXPECT_EQ(Problem(spec), "heads: 3 is out of range; allowed: a divisor of width, 128");
}

TEST(RunSpecValidationTest, BothSidesOfTheSplitNeedAPair) {
  RunSpec spec;
  spec.modulus = 2;
  spec.train_fraction = 0.1;
  EXPECT_EQ(
      Problem(spec),
      "train_fraction: 0.1 is out of range; allowed: a share that leaves at least one of the 4 "
      "pairs on each side");
  spec.train_fraction = 0.9;
  EXPECT_THAT(Problem(spec), StartsWith("train_fraction: 0.9"));
  spec.train_fraction = 0.3;
  EXPECT_TRUE(ValidateSpec(spec).ok());
}

TEST(RunSpecValidationTest, ABatchIsAtMostTheTrainingPairs) {
  RunSpec spec;
  spec.batch_size = 1741;
  EXPECT_TRUE(ValidateSpec(spec).ok());
  spec.batch_size = 1742;
  EXPECT_EQ(Problem(spec),
            "batch_size: 1742 is out of range; allowed: full, or 1 to 1741, the number of training "
            "pairs");
}

TEST(RunSpecValidationTest, AStepThatDoesNotFitInMemoryIsRefused) {
  RunSpec spec;
  spec.modulus = 1000;
  spec.hidden = 4096;
  EXPECT_THAT(Problem(spec), StartsWith("batch_size: full needs "));
  EXPECT_THAT(Problem(spec), HasSubstr("allowed: up to 4 GiB, that is 1 to "));
  spec.batch_size = 1024;
  EXPECT_TRUE(ValidateSpec(spec).ok()) << ValidateSpec(spec);
}

TEST(RunSpecValidationTest, WhatIsForTransformersIsRefusedElsewhere) {
  RunSpec spec;
  spec.layer_norm = "on";
  EXPECT_EQ(Problem(spec), "layer_norm: on is for transformers; allowed for mlp: off");
  spec.layer_norm = "off";
  spec.position = "none";
  EXPECT_EQ(Problem(spec), "position: none is for transformers; allowed for mlp: learned");
  spec.model = "transformer";
  EXPECT_EQ(Problem(spec), "");
}

TEST(RunSpecValidationTest, TheQuadraticNetworkHasOneHiddenLayer) {
  RunSpec spec;
  spec.model = "quadratic";
  EXPECT_EQ(Problem(spec), "");
  spec.layers = 2;
  EXPECT_EQ(Problem(spec), "layers: 2 is out of range; allowed for quadratic: 1");
}

TEST(RunSpecValidationTest, UnorderedSplitsNeedTwoOperands) {
  RunSpec spec;
  spec.split = "unordered";
  EXPECT_EQ(Problem(spec), "");
  spec.task = "parity";
  EXPECT_EQ(Problem(spec),
            "split: unordered is for tasks of 2 operands, this has 10; allowed: random");
}

TEST(RunSpecValidationTest, ATaskThatNeedsItsFileIsRefusedWithoutIt) {
  RunSpec spec;
  spec.task = "table:colours.csv";
  EXPECT_EQ(Problem(spec),
            "task: \"table:colours.csv\" needs the lines of its file; allowed: a spec with "
            "\"table\": x,y,answer in each line");
  spec.table = "a,b,c\nb,a,c\na,a,d\nb,b,d\n";
  EXPECT_TRUE(ValidateSpec(spec).ok());
  spec.table.resize(kMostTableBytes + 1, ' ');
  EXPECT_EQ(Problem(spec), "table: is too long, 1048577 bytes; allowed: up to 1048576");
}

}  // namespace
}  // namespace powerdown
