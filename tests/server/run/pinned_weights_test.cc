#include "server/run/pinned_weights.h"

#include <gtest/gtest.h>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

TEST(PinnedWeightsTest, ARunKeepsItsWeightsWhenTheDaemonsChange) {
  const TemporaryFolder state;
  powerdown::Run run;
  run.predictor = PinnedWeights(state.path(), "{\"old\":1}").Pin().value();
  const PinnedWeights newer(state.path(), "{\"new\":1}");
  EXPECT_EQ(newer.Read(run), "{\"old\":1}");
  EXPECT_NE(newer.Pin().value(), run.predictor);
  EXPECT_EQ(newer.Read(run), "{\"old\":1}");
}

TEST(PinnedWeightsTest, WithoutWeightsNothingIsPinned) {
  const TemporaryFolder state;
  const PinnedWeights none(state.path(), "");
  EXPECT_EQ(none.Pin().value(), "");
  EXPECT_EQ(none.Read(powerdown::Run()), "");
  powerdown::Run run;
  run.predictor = "a hash whose file is gone";
  EXPECT_EQ(none.Read(run), "");
  EXPECT_FALSE(none.Renew(run, absl::UnixEpoch()).value());
}

}  // namespace
}  // namespace powerdown
