#include "client/cli/text/run_diff.h"

#include <gmock/gmock.h>

#include "common/base/json.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RunDiffTest, OnlyWhatDiffersOfTheSpecsIsShown) {
  powerdown::Run a = SampleRun();
  powerdown::Run b = SampleRun();
  a.short_id = "127";
  b.short_id = "128";
  b.spec.weight_decay = 0.5;
  b.grok_step = 360;
  const std::string table = RunDiffTable(a, b, Style(false));
  EXPECT_THAT(table, AllOf(HasSubstr("127"), HasSubstr("128"), HasSubstr("weight_decay"),
                           HasSubstr("× 0.500"), Not(HasSubstr("learning_rate"))));
  const Json json = RunDiffJson(a, b);
  EXPECT_EQ(json.at("spec").size(), 1u);
  EXPECT_EQ(json.at("spec").at("weight_decay").at(1), "0.5");
  EXPECT_EQ(json.at("results").at("grok_step"), Json({720, 360}));
}

TEST(RunDiffTest, WhatOneOfThemDoesNotHaveIsNotZero) {
  powerdown::Run a = SampleRun();
  powerdown::Run b = SampleRun();
  b.grok_step.reset();
  b.energy.reset();
  EXPECT_THAT(RunDiffTable(a, b, Style(false)),
              AllOf(HasSubstr("the same"), HasSubstr("–"), HasSubstr("not known yet")));
  EXPECT_TRUE(RunDiffJson(a, b).at("results").at("grok_step").at(1).is_null());
}

TEST(RunDiffTest, CommandsDifferInTheirWords) {
  powerdown::Run a;
  a.command.emplace();
  a.command->words = {"python3", "train.py", "1"};
  powerdown::Run b = a;
  EXPECT_TRUE(RunDiffJson(a, b)["spec"].empty());
  b.command->words.back() = "2";
  EXPECT_EQ(RunDiffJson(a, b)["spec"]["command"],
            Json::array({"python3 train.py 1", "python3 train.py 2"}));
}

}  // namespace
}  // namespace powerdown
