#include "common/log/log_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/log/rows_as_text.h"

namespace powerdown {
namespace {

using testing::ElementsAre;

std::vector<std::string> NamesIn(std::string_view text) {
  return *(*OpenLogRows(text, "log"))->Names();
}

TEST(LogRowsTest, NamesComeOnceInTheirOrder) {
  EXPECT_THAT(NamesIn("{\"step\":1,\"loss\":2}\n{\"step\":2,\"acc\":1}\n"),
              ElementsAre("step", "loss", "acc"));
  EXPECT_THAT(NamesIn(",step,acc\n0,1,2\n"), ElementsAre("step", "acc"));
  EXPECT_THAT(RowsOf(" \n\t\n"), ElementsAre("log: has no step report"));
}

}  // namespace
}  // namespace powerdown
