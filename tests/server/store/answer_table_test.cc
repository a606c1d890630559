#include "server/store/answer_table.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

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

TEST_F(AnswerTableTest, TheOldestGoFirstWhenTheyAreTooMany) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/powerdown.db";
  const std::unique_ptr<Store> store = OpenOrDie(path);
  ASSERT_TRUE(store->answers().Put({"first", "Stop", "01a"}).ok());
  ASSERT_TRUE(store->answers().Put({"second", "Stop", "01b"}).ok());
  SQLite::Database(path, SQLite::OPEN_READWRITE)
      .exec(
          "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < " +
          std::to_string(AnswerTable::kMostAnswers) +
          ") INSERT INTO answers (request_id, method, answer) SELECT 'id' || i, 'Stop', '' FROM n");
  EXPECT_EQ(*store->answers().Find("first", "Stop"), "01a");
  ASSERT_TRUE(store->answers().Put({"second", "Stop", "another"}).ok());  // is there: no new one
  EXPECT_EQ(*store->answers().Find("first", "Stop"), "01a");
  ASSERT_TRUE(store->answers().Put({"last", "Stop", "01c"}).ok());
  EXPECT_EQ(*store->answers().Find("first", "Stop"), std::nullopt);
  EXPECT_EQ(*store->answers().Find("second", "Stop"), "01b");
  EXPECT_EQ(*store->answers().Find("last", "Stop"), "01c");
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
