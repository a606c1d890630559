#include "server/store/series_table.h"

#include <gtest/gtest.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class SeriesTableTest : public ::testing::Test {
 protected:
  SeriesTableTest() {
    for (const char* id : {"01a", "01b", "01c"}) InsertOrDie(*store_, ExampleRun(id));
  }
  bool Has(const std::string& run_id) { return store_->series().Find(run_id)->has_value(); }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(SeriesTableTest, TheLastOnePutComesBack) {
  const std::string content("\0\xff zstd", 7);
  ASSERT_TRUE(store_->series().Put("01a", {3, "before"}).ok());
  ASSERT_TRUE(store_->series().Put("01a", {7, content}).ok());
  const std::optional<KeptSeries> found = *store_->series().Find("01a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->next_revision, 7);
  EXPECT_EQ(found->content, content);
  EXPECT_FALSE(Has("01b"));
}

TEST_F(SeriesTableTest, GoesWithItsRunAndIsNotPutForOneThatIsGone) {
  ASSERT_TRUE(store_->series().Put("01a", {3, "x"}).ok());
  ASSERT_TRUE(store_->runs().Delete("01a").ok());
  EXPECT_FALSE(Has("01a"));
  EXPECT_TRUE(store_->series().Put("01a", {3, "x"}).ok());
  EXPECT_FALSE(Has("01a"));
}

TEST_F(SeriesTableTest, TheOldestMakeRoom) {
  const auto put = [&](const std::string& run_id, size_t bytes) {
    ASSERT_TRUE(store_->series().Put(run_id, {1, std::string(bytes, 'x')}, 100).ok());
  };
  put("01a", 40);
  put("01b", 60);
  EXPECT_TRUE(Has("01a") && Has("01b"));
  put("01a", 40);  // now the newest
  put("01c", 30);
  EXPECT_TRUE(Has("01a") && !Has("01b") && Has("01c"));
  put("01b", 101);
  EXPECT_FALSE(Has("01a") || Has("01b") || Has("01c"));
}

}  // namespace
}  // namespace powerdown
