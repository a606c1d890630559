#include "server/meter/counter_watch.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

using State = CounterWatch::State;

// A counter of 100 W that is renewed every `renewal` seconds, read at 10 Hz.
class CounterWatchTest : public ::testing::Test {
 protected:
  State Read(double renewal) {
    at_ += 0.1;
    if (at_ - renewed_ >= renewal - 1e-6) renewed_ = at_;
    return watch_.Observe(Joules(renewed_ * 100), absl::Seconds(at_));
  }
  bool IsEverStuck(double seconds, double renewal) {
    bool is_stuck = false;
    for (double end = at_ + seconds; at_ < end;) is_stuck |= Read(renewal) == State::kStuck;
    return is_stuck;
  }
  CounterWatch watch_;
  double at_ = 0;
  double renewed_ = 0;
};

TEST_F(CounterWatchTest, ARenewalOfASecondOrOfFiveIsLearnedAndIsNotStuck) {
  EXPECT_FALSE(IsEverStuck(30, 1));
  EXPECT_NEAR(absl::ToDoubleSeconds(watch_.renewal()), 1, 0.11);
  watch_ = CounterWatch();
  EXPECT_FALSE(IsEverStuck(60, 5));
  EXPECT_NEAR(absl::ToDoubleSeconds(watch_.renewal()), 5, 0.11);
}

TEST_F(CounterWatchTest, OneThatNeverMovedIsStuckAfterTenSeconds) {
  EXPECT_FALSE(IsEverStuck(9.8, 1000));
  EXPECT_FALSE(watch_.has_moved());
  EXPECT_TRUE(IsEverStuck(1, 1000));
}

TEST_F(CounterWatchTest, OneThatMovedAtEachReadingIsStuckAfterTwoSeconds) {
  EXPECT_FALSE(IsEverStuck(10, 0));
  EXPECT_EQ(watch_.renewal(), absl::ZeroDuration());
  EXPECT_FALSE(IsEverStuck(1.8, 1000));
  EXPECT_TRUE(IsEverStuck(0.5, 1000));
  EXPECT_EQ(Read(0), State::kMoved);
}

TEST_F(CounterWatchTest, OneThatBecomesSlowIsLearnedAnew) {
  EXPECT_FALSE(IsEverStuck(10, 0.1));
  EXPECT_TRUE(IsEverStuck(5.2, 5));
  EXPECT_FALSE(IsEverStuck(30, 5));
}

}  // namespace
}  // namespace powerdown
