#include "client/model/run_label.h"

#include <gtest/gtest.h>

#include "common/run/run_name.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

TEST(RunLabelTest, WhatDiffersInASweepComesFirst) {
  powerdown::Run run = SampleRun();
  run.spec.seed = 3;
  run.spec.weight_decay = 0.5;
  EXPECT_EQ(RunLabel(run), "seed 3 · weight_decay 0.5 · addition mod 59 · mlp");
  run.name = NameFromSpec(run.spec);
  EXPECT_EQ(run.name, "addition mod 59, mlp, seed 3");
  EXPECT_EQ(RunLabel(run), "seed 3 · weight_decay 0.5 · addition mod 59 · mlp");
}

TEST(RunLabelTest, ANameThatAPersonGaveStays) {
  powerdown::Run run = SampleRun();
  run.name = "the\nbaseline";
  EXPECT_EQ(RunLabel(run), "the?baseline");
  run.spec.task = kUnknownTask;
  run.name = "a log";
  EXPECT_EQ(RunLabel(run), "a log");
}

}  // namespace
}  // namespace powerdown
