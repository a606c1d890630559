#include "common/base/hot_mutex.h"

#include <gtest/gtest.h>

#include <thread>

namespace powerdown {
namespace {

TEST(HotMutexDeathTest, WhoHoldsOneMayNotWait) {
  MayWait();
  HotMutex mutex;
  {
    HotLock lock(&mutex);
    EXPECT_DEBUG_DEATH(MayWait(), "HotMutex");
    std::thread([] { MayWait(); }).join();  // another thread holds none
  }
  MayWait();
}

}  // namespace
}  // namespace powerdown
