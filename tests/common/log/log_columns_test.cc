#include "common/log/log_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using testing::HasSubstr;

using Names = std::vector<std::string>;

std::string Chosen(const Names& names, LogField field) {
  const absl::StatusOr<LogColumns> columns = LogColumns::Choose(names, {});
  return columns.ok() ? columns->Of(field) : std::string(columns.status().message());
}

std::string Problem(const Names& names, const std::map<std::string, std::string>& said = {}) {
  return std::string(LogColumns::Choose(names, said).status().message());
}

TEST(LogColumnsTest, NamesOfPeoplesToolsAreKnown) {
  const struct {
    const char* tool;
    Names names;
    const char* train;
    const char* validation;
  } kLogs[] = {
      {"ours",
       {"step", "train_accuracy", "validation_accuracy"},
       "train_accuracy",
       "validation_accuracy"},
      {"wandb",
       {"_step", "_runtime", "_timestamp", "train/acc", "val/acc", "train/loss"},
       "train/acc",
       "val/acc"},
      {"Keras",
       {"epoch", "accuracy", "loss", "val_accuracy", "val_loss"},
       "accuracy",
       "val_accuracy"},
      {"Lightning",
       {"epoch", "step", "train_acc_epoch", "train_acc_step", "val_acc"},
       "train_acc_epoch",
       "val_acc"},
      {"Hugging Face",
       {"step", "loss", "accuracy", "eval_loss", "eval_accuracy", "epoch"},
       "accuracy",
       "eval_accuracy"},
      {"TensorBoard",
       {"Step", "Wall time", "Accuracy/train", "Accuracy/test", "Loss/train"},
       "Accuracy/train",
       "Accuracy/test"},
      {"people", {"iteration", "trainAcc", "testAcc"}, "trainAcc", "testAcc"},
      {"both held-out sets", {"step", "train_acc", "val_acc", "test_acc"}, "train_acc", "val_acc"},
  };
  for (const auto& log : kLogs) {
    EXPECT_EQ(Chosen(log.names, LogField::kTrainAccuracy), log.train) << log.tool;
    EXPECT_EQ(Chosen(log.names, LogField::kValidationAccuracy), log.validation) << log.tool;
  }
}

TEST(LogColumnsTest, StepsComeBeforeEpochs) {
  EXPECT_EQ(Chosen({"epoch", "step", "train_acc", "val_acc"}, LogField::kStep), "step");
  const auto epochs = LogColumns::Choose({"epoch", "train_acc", "val_acc"}, {});
  EXPECT_EQ(epochs->Of(LogField::kStep), "epoch");
  EXPECT_TRUE(epochs->counts_epochs());
  EXPECT_FALSE(LogColumns::Choose({"iter", "train_acc", "val_acc"}, {})->counts_epochs());
}

TEST(LogColumnsTest, WhatSaysSomethingElseIsNotTaken) {
  for (const char* name : {"train_loss_aux", "best_val_accuracy", "val_acc_ood", "lr", "", "acc.",
                           "validation", "steps_per_second", "train_accuracy_goal"}) {
    const std::optional<LogGuess> guess = GuessColumn(name);
    EXPECT_TRUE(!guess || std::string_view(name) == "acc.") << name;
  }
  EXPECT_FALSE(GuessColumn(std::string(100000, 'a')));
}

TEST(LogColumnsTest, TwoEquallyLikelyColumnsAreNamed) {
  EXPECT_THAT(Problem({"step", "train_acc", "val_acc", "eval_acc"}),
              HasSubstr("validation_accuracy may be \"val_acc\" or \"eval_acc\"; say which: "
                        "--column validation_accuracy=NAME"));
  const auto said = LogColumns::Choose({"step", "train_acc", "val_acc", "eval_acc"},
                                       {{"validation_accuracy", "eval_acc"}});
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(said->Of(LogField::kValidationAccuracy), "eval_acc");
  EXPECT_EQ(said->FieldOf("eval_acc"), LogField::kValidationAccuracy);
  EXPECT_FALSE(said->FieldOf("val_acc"));
}

TEST(LogColumnsTest, AMissingColumnIsNamedWithTheNearest) {
  EXPECT_THAT(Problem({"step", "train_acc", "val_accuracy_top5"}),
              HasSubstr("no column is called validation_accuracy; the nearest is "
                        "\"val_accuracy_top5\"; say which it is: --column"));
  EXPECT_LT(Problem({"step", "train_acc", std::string(100000, 'x')}).size(), 300u);
  EXPECT_THAT(Problem({"step", "train_acc", "val_acc"}, {{"validation_accuracy", "val_ac"}}),
              HasSubstr("no column has that name; the nearest is \"val_acc\""));
  EXPECT_THAT(Problem({"step", "train_acc", "val_acc"}, {{"validation_acuracy", "val_acc"}}),
              HasSubstr("did you mean \"validation_accuracy\"?"));
}

TEST(LogColumnsTest, EveryFieldHasItsOwnName) {
  for (size_t i = 0; i < kLogFields; ++i) {
    const auto field = static_cast<LogField>(i);
    const std::optional<LogGuess> guess = GuessColumn(NameOf(field));
    ASSERT_TRUE(guess) << NameOf(field);
    EXPECT_EQ(guess->field, field);
    EXPECT_EQ(guess->rank, 0);
  }
}

TEST(LogColumnsTest, ANameThatSaysAWordTwiceMeansItOnce) {
  EXPECT_EQ(GuessColumn("Loss_train/Loss")->field, LogField::kTrainLoss);
  EXPECT_EQ(GuessColumn("validation/epoch_accuracy")->field, LogField::kValidationAccuracy);
  EXPECT_TRUE(NamesASide("Loss_train"));
  EXPECT_TRUE(NamesASide("validation"));
  EXPECT_FALSE(NamesASide("Nov27_box"));
}

TEST(LogColumnsTest, AColumnIsSaidAsOursAndTheirs) {
  EXPECT_EQ(*ParseColumn("step=a=b"), std::pair(std::string("step"), std::string("a=b")));
  for (const char* text : {"step", "=it", "step="}) EXPECT_FALSE(ParseColumn(text).ok()) << text;
  EXPECT_EQ(*FieldNamed("train_loss"), LogField::kTrainLoss);
}

}  // namespace
}  // namespace powerdown
