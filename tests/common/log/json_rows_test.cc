#include "common/log/json_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/log/rows_as_text.h"

namespace powerdown {
namespace {

using testing::ElementsAre;

TEST(JsonRowsTest, TextThatIsNoJsonIsToldWhereItIsRead) {
  const auto rows = OpenJsonRows("{oops}\n", "log");
  ASSERT_TRUE(rows.ok());
  EXPECT_FALSE((*rows)->Names().ok());
}

TEST(JsonRowsTest, LinesArraysColumnsAndHistoriesAreOneLog) {
  const std::vector<std::string> kSame = {"step=1 val_acc=0.5", "step=2 val_acc=NaN"};
  for (const char* text : {
           "{\"step\":1,\"val_acc\":0.5}\n\n{\"step\":2,\"val_acc\":NaN}\n",
           "[{\"step\":1,\"val_acc\":0.5},{\"step\":2,\"val_acc\":NaN}]",
           "[\n  {\n \"step\": 1,\n \"val_acc\": 0.5\n },\n {\"step\":2,\"val_acc\":NaN}\n]\n",
           "{\"step\":[1,2],\"val_acc\":[0.5,NaN]}",
           "{\n\"step\":[1,2],\n\"val_acc\":[0.5,NaN]\n}\n",
           "{\n\"step\":{\"0\":1,\"1\":2},\n\"val_acc\":{\"0\":0.5,\"1\":NaN}}",
           "{\"best\":1,\"log_history\":[{\"step\":1,\"val_acc\":0.5},{\"step\":2,\"val_acc\":NaN}]"
           ",\"other\":[]}",
           "{\"columns\":[\"step\",\"val_acc\"],\"index\":[0,1],\"data\":[[1,0.5],[2,NaN]]}",
       }) {
    EXPECT_EQ(RowsOf(text), kSame) << text;
  }
}

TEST(JsonRowsTest, NullIsLeftOutInfinityAndNestedValuesAreRead) {
  EXPECT_THAT(RowsOf("{\"step\":1,\"loss\":null,\"on\":true,\"val\":{\"loss\":-Infinity},"
                     "\"note\":\"NaN \\\" Infinity\"}\n"),
              ElementsAre("step=1 val/loss=-Infinity note=NaN \" Infinity"));
}

TEST(JsonRowsTest, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_THAT(RowsOf("{\"step\":1}\n{\"step\":\n{\"step\":3}\n"),
              ElementsAre("step=1", "log:2: not a JSON object"));
  EXPECT_THAT(RowsOf("[{\"step\":1},{\"step\":2},7]"),
              ElementsAre("step=1", "step=2", "log: item 3: not a JSON object"));
  EXPECT_THAT(RowsOf("[{\"step\":1}"),
              ElementsAre("step=1", "log: the array ends within or after item 1"));
  bool is_cut_off = false;
  EXPECT_THAT(RowsOf("{\"step\":1}\n{\"st", &is_cut_off), ElementsAre("step=1"));
  EXPECT_TRUE(is_cut_off);
  EXPECT_THAT(RowsOf("{\"step\":1"), ElementsAre("log:1: not a JSON object"));
}

}  // namespace
}  // namespace powerdown
