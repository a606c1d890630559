#include "common/run/run_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/text.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string SetError(std::string_view name, std::string_view text) {
  RunSpec spec;
  return std::string(SetSpecField(spec, name, text).message());
}

TEST(RunSpecTest, OutOfRangeNamesFieldValueAndRange) {
  EXPECT_EQ(SetError("modulus", "1"), "modulus: 1 is out of range; allowed: 2 to 1000");
  EXPECT_EQ(SetError("train_fraction", "1.5"),
            "train_fraction: 1.5 is out of range; allowed: above 0 and below 1");
  EXPECT_EQ(SetError("learning-rate", "0"),
            "learning_rate: 0 is out of range; allowed: above 0 and up to 1");
  EXPECT_EQ(SetError("label_noise", "1"), "label_noise: 1 is out of range; allowed: 0 to below 1");
  EXPECT_EQ(SetError("batch_size", "10000000000"),
            "batch_size: 10000000000 is out of range; allowed: full, or 1 to 1000000");
}

TEST(RunSpecTest, WhatIsNoNumberIsRefused) {
  EXPECT_EQ(SetError("modulus", "abc"),
            "modulus: \"abc\" is not a whole number; allowed: 2 to 1000");
  EXPECT_THAT(SetError("modulus", "59.5"), HasSubstr("is not a whole number"));
  EXPECT_THAT(SetError("weight_decay", "nan"), HasSubstr("weight_decay: nan is out of range"));
  EXPECT_THAT(SetError("weight_decay", "inf"), HasSubstr("weight_decay: inf is out of range"));
  EXPECT_THAT(SetError("seed", ""), HasSubstr("seed: \"\" is not a whole number"));
}

TEST(RunSpecTest, NumbersTooLongForAnIntegerAreOutOfRange) {
  EXPECT_EQ(SetError("threads", "99999999999999999999999"),
            "threads: 99999999999999999999999 is out of range; allowed: 1 to 64");
}

TEST(RunSpecTest, UnknownChoiceSuggestsTheClosest) {
  EXPECT_EQ(
      SetError("model", "mpl"),
      "model: \"mpl\" is not known; did you mean \"mlp\"? allowed: mlp, transformer, quadratic");
  EXPECT_THAT(SetError("optimizer", "adma"), StartsWith("optimizer: \"adma\" is not known"));
  EXPECT_THAT(SetError("widht", "3"), HasSubstr("did you mean \"width\"?"));
}

TEST(RunSpecTest, ErrorsStayOneLineWhateverWasTyped) {
  EXPECT_THAT(SetError("model", "a\nb"), Not(HasSubstr("\n")));
  EXPECT_LT(SetError("model", std::string(100000, 'x')).size(), 300u);
}

TEST(RunSpecTest, ZeroHasItsWord) {
  RunSpec spec;
  spec.batch_size = 5;
  EXPECT_TRUE(SetSpecField(spec, "batch-size", "full").ok());
  EXPECT_EQ(spec.batch_size, 0);
  EXPECT_EQ(SpecFieldText(spec, *FindSpecField("batch_size")), "full");
  EXPECT_EQ(SpecFieldText(spec, *FindSpecField("evaluate-every")), "auto");
  EXPECT_FALSE(SetSpecField(spec, "modulus", "").ok());
}

TEST(RunSpecTest, EveryFieldsTextReadsBack) {
  RunSpec spec;
  spec.task = "(x + y)^2";
  spec.learning_rate = 0.1 + 0.2;
  spec.seed = 9007199254740992;
  RunSpec read;
  for (const SpecField& field : SpecFields()) {
    ASSERT_TRUE(SetSpecField(read, field.name, SpecFieldText(spec, field)).ok()) << field.name;
  }
  EXPECT_EQ(read, spec);
}

TEST(RunSpecTest, AFailedSetChangesNothing) {
  RunSpec spec;
  EXPECT_FALSE(SetSpecField(spec, "modulus", "1").ok());
  EXPECT_FALSE(SetSpecField(spec, "model", "tree").ok());
  EXPECT_EQ(spec, RunSpec());
}

TEST(RunSpecTest, HashFollowsEveryField) {
  RunSpec spec;
  const std::string first = SpecHash(spec);
  EXPECT_EQ(first.size(), 64u);
  EXPECT_EQ(SpecHash(RunSpec()), first);
  spec.weight_decay = 3.0000001;
  EXPECT_NE(SpecHash(spec), first);
}

TEST(RunSpecTest, FamilyLeavesOutSeedsBudgetAndDevice) {
  RunSpec spec;
  const std::string family = SpecFamily(spec);
  EXPECT_EQ(family,
            "addition/59/0.5/mlp/128/256/1/relu/adamw/cross-entropy/0.003/3.0/1.0/full/0.0");
  spec.seed = spec.split_seed = 7;
  spec.max_steps = 5;
  spec.evaluate_every = 20;
  spec.device = "cpu";
  spec.threads = 2;
  EXPECT_EQ(SpecFamily(spec), family);
  spec.hidden = 100;
  EXPECT_NE(SpecFamily(spec), family);
}

TEST(RunSpecTest, AStepCostsTheSameWhateverItsRates) {
  RunSpec spec;
  const std::string family = StepCostFamily(spec);
  spec.learning_rate = 0.5;
  spec.weight_decay = 7;
  spec.seed = 3;
  spec.max_steps = 9;
  EXPECT_EQ(StepCostFamily(spec), family);
  for (const char* field : {"width", "modulus", "batch_size", "threads"}) {
    RunSpec other = spec;
    ASSERT_TRUE(SetSpecField(other, field, "7").ok());
    EXPECT_NE(StepCostFamily(other), family) << field;
  }
}

TEST(RunSpecTest, FamilyTellsTablesOfOneNameApart) {
  RunSpec spec;
  spec.task = "table:t.csv";
  spec.table = "a,b,c\nb,a,c\n";
  const std::string family = SpecFamily(spec);
  spec.table += "a,a,d\n";
  EXPECT_NE(SpecFamily(spec), family);
  EXPECT_LT(family.size(), 100u);
}

}  // namespace
}  // namespace powerdown
