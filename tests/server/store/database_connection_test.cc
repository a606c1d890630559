#include "server/store/database_connection.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

const int kNew = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;

class DatabaseConnectionTest : public ::testing::Test {
 protected:
  DatabaseConnectionTest() {
    connection_.exec("CREATE TABLE numbers (number INTEGER)");
    connection_.exec("INSERT INTO numbers VALUES (1), (2), (3)");
  }
  int Compiled() {
    int count = 0;
    sqlite3_stmt* next = nullptr;
    while ((next = sqlite3_next_stmt(connection_.getHandle(), next)) != nullptr) ++count;
    return count;
  }

  DatabaseConnection connection_{":memory:", kNew};
};

TEST_F(DatabaseConnectionTest, AStatementIsCompiledOnceAndBeginsAnew) {
  const std::string sql = "SELECT number FROM numbers WHERE number > coalesce(?, 0)";
  {
    Statement select(connection_, sql);
    select.bind(1, 2);
    ASSERT_TRUE(select.executeStep());
    EXPECT_EQ(select.getColumn(0).getInt(), 3);
  }
  Statement again(connection_, sql);
  EXPECT_EQ(Compiled(), 1);
  ASSERT_TRUE(again.executeStep());
  EXPECT_EQ(again.getColumn(0).getInt(), 1);  // nothing is bound
}

TEST_F(DatabaseConnectionTest, TwoOfOneTextAtOnceAreTwo) {
  const std::string sql = "SELECT number FROM numbers ORDER BY number";
  Statement outer(connection_, sql);
  int pairs = 0;
  while (outer.executeStep()) {
    Statement inner(connection_, sql);
    while (inner.executeStep()) ++pairs;
  }
  EXPECT_EQ(pairs, 9);
  EXPECT_EQ(Compiled(), 2);
}

// A statement that an error or a return ended in its middle holds no lock and no transaction.
TEST_F(DatabaseConnectionTest, OneThatEndedInTheMiddleHoldsNothing) {
  {
    Statement select(connection_, "SELECT number FROM numbers");
    ASSERT_TRUE(select.executeStep());
  }
  connection_.exec("DROP TABLE numbers");
  EXPECT_THROW(Statement(connection_, "SELECT number FROM numbers").executeStep(),
               SQLite::Exception);
  connection_.exec("CREATE TABLE numbers (number INTEGER UNIQUE)");
  const auto insert = [&] {
    Statement statement(connection_, "INSERT INTO numbers VALUES (7)");
    statement.exec();
  };
  insert();
  EXPECT_THROW(insert(), SQLite::Exception);
  Statement count(connection_, "SELECT count(*) FROM numbers");
  ASSERT_TRUE(count.executeStep());
  EXPECT_EQ(count.getColumn(0).getInt(), 1);
}

TEST_F(DatabaseConnectionTest, EverNewTextsTakeBoundedMemory) {
  const auto run = [&](int i) {
    Statement select(connection_, absl::StrCat("SELECT number + ", i, " FROM numbers"));
    ASSERT_TRUE(select.executeStep());
    EXPECT_EQ(select.getColumn(0).getInt(), 1 + i);
  };
  for (int i = 0; i < 1000; ++i) {
    run(i);
    ASSERT_LE(Compiled(), 128);
  }
  EXPECT_GT(Compiled(), 64);
}

}  // namespace
}  // namespace powerdown
