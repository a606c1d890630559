#include "server/store/answer_table.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class AnswerTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(AnswerTableTest, AnswersArePerMethodAndTheFirstStays) {
  EXPECT_EQ(*store_->answers().Find("request", "Stop"), std::nullopt);
  for (const std::string id : {"01a", "01b"}) {
    ASSERT_TRUE(
        store_->group()
            .Commit(
                {.run = ExampleRun(id), .is_new = true, .request_id = "request", .method = "Stop"})
            .ok());
  }
  EXPECT_EQ(*store_->answers().Find("request", "Stop"), "01a");
  EXPECT_EQ(*store_->answers().Find("request", "Cancel"), std::nullopt);
}

TEST_F(AnswerTableTest, AChangeThatFailsLeavesNoAnswer) {
  InsertOrDie(*store_, ExampleRun("01a"));
  EXPECT_FALSE(store_->group()
                   .Commit({.run = ExampleRun("01a"),
                            .is_new = true,
                            .request_id = "request",
                            .method = "Submit"})
                   .ok());
  EXPECT_EQ(*store_->answers().Find("request", "Submit"), std::nullopt);
}

}  // namespace
}  // namespace powerdown
