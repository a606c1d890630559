#include "server/database_rescue.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

class DatabaseRescueTest : public ::testing::Test {
 protected:
  // A daemon's life: its database is deleted, and something may be put in its place.
  void Live(bool is_replaced) {
    DatabaseRescue rescue;
    const std::unique_ptr<Store> store = *Store::Open({.path = path_});
    ASSERT_TRUE(store->counters().Put("steps", 7).ok());
    std::filesystem::remove(path_);
    ASSERT_TRUE(store->counters().Put("steps", 8).ok());
    if (is_replaced) std::ofstream(path_) << "another";
    rescue.Take(*store, path_);
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
};

TEST_F(DatabaseRescueTest, ADeletedDatabaseIsBackWithAllThatWasStored) {
  Live(/*is_replaced=*/false);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".rescued"));
  EXPECT_EQ((*Store::Open({.path = path_}))->counters().Find("steps")->value_or(0), 8);
}

TEST_F(DatabaseRescueTest, WhatWasPutInItsPlaceIsLeftAloneAndTheCopyKeptBesideIt) {
  Live(/*is_replaced=*/true);
  EXPECT_EQ(FileText(path_), "another");
  EXPECT_EQ((*Store::Open({.path = path_ + ".rescued"}))->counters().Find("steps")->value_or(0), 8);
}

}  // namespace
}  // namespace powerdown
