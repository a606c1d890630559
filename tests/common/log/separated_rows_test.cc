#include "common/log/separated_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/log/rows_as_text.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(SeparatedRowsTest, TheSeparatorIsTheOneThatMakesSenseOfTheHeader) {
  for (const char* separator : {",", ";", "\t", "|", "   "}) {
    const std::string text = Concat("step", separator, "train_acc", separator, "val_acc\n", "1",
                                    separator, "0.5", separator, "0.25\n");
    EXPECT_THAT(RowsOf(text), ElementsAre("step=1 train_acc=0.5 val_acc=0.25")) << separator;
  }
}

TEST(SeparatedRowsTest, RemarksIndexColumnsAndRepeatedHeadersArePassedOver) {
  EXPECT_THAT(RowsOf("# run 7\n\n,step,train_acc,val_acc,\n0,1,0.5,0.25,,\n"
                     ",step,train_acc,val_acc,\n# more\n1,2,0.5,,\n"),
              ElementsAre("step=1 train_acc=0.5 val_acc=0.25", "step=2 train_acc=0.5"));
  EXPECT_THAT(RowsOf("# step train_acc val_acc\n1 0.5 0.25\n"),
              ElementsAre("step=1 train_acc=0.5 val_acc=0.25"));
}

TEST(SeparatedRowsTest, QuotedFieldsMayHoldSeparatorsQuotesAndLineEnds) {
  EXPECT_THAT(RowsOf("step,note,\"train_acc\",val_acc\n1,\"a, \"\"b\"\"\nc\",\"0.5\",1\n"
                     "2,x,0.5,1\r\n"),
              ElementsAre("step=1 note=a, \"b\"\nc train_acc=0.5 val_acc=1",
                          "step=2 note=x train_acc=0.5 val_acc=1"));
  EXPECT_THAT(RowsOf("step,train_acc,val_acc\n1,\"0.5,1\n2,1,1\n"),
              ElementsAre(HasSubstr("log:2: a quoted field has no closing quote")));
}

TEST(SeparatedRowsTest, ALastLineThatWasWrittenInPartIsLeftOut) {
  bool is_cut_off = false;
  EXPECT_THAT(RowsOf("step,train_acc,val_acc\n1,0,0\n2,0", &is_cut_off),
              ElementsAre("step=1 train_acc=0 val_acc=0"));
  EXPECT_TRUE(is_cut_off);
  EXPECT_THAT(RowsOf("step,train_acc,val_acc\n1,0,0\n2,0,1", &is_cut_off),
              ElementsAre("step=1 train_acc=0 val_acc=0", "step=2 train_acc=0 val_acc=1"));
  EXPECT_FALSE(is_cut_off);
  EXPECT_THAT(RowsOf("step,train_acc,val_acc\n1,0\n2,0,1\n"),
              ElementsAre("log:2: has 2 fields, the header has 3"));
}

TEST(SeparatedRowsTest, TwoColumnsOfOneNameAreRefused) {
  EXPECT_THAT(RowsOf("step,val_acc,val_acc\n1,0,0\n"),
              ElementsAre("log:1: the header names two columns \"val_acc\""));
  EXPECT_THAT(RowsOf(std::string(10000, ',') + "\n"), ElementsAre(HasSubstr("allowed: up to")));
}

}  // namespace
}  // namespace powerdown
