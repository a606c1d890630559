#include "client/view/explore_view.h"

#include <gmock/gmock.h>

#include "common/footprint.h"
#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;
using testing::Not;

class ExploreViewTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    LoadRecording();
    state_.view = ViewName::kExplore;
  }
};

TEST_F(ExploreViewTest, ShowsTheEnergyOfEveryRun) {
  const std::string text = Text();
  for (const powerdown::Run* run : model_.runs()) {
    EXPECT_THAT(text, HasSubstr(EnergyText(run->energy->gross)));
  }
  EXPECT_THAT(text, HasSubstr("12 of 12 runs have both"));
}

TEST_F(ExploreViewTest, SearchKeepsOnlyWhatMatches) {
  state_.explore.search = "multiplication";
  EXPECT_THAT(Text(), HasSubstr("1 runs"));
  state_.explore.search = "no such run";
  EXPECT_THAT(Text(), HasSubstr("No run matches"));
}

TEST_F(ExploreViewTest, ClickOnARowLaysItOverAndTakesItAway) {
  Frame();
  const size_t before = state_.explore.chosen.size();
  Click(342, 174);
  EXPECT_EQ(state_.explore.chosen.size(), before + 1);
  Click(342, 174);
  EXPECT_EQ(state_.explore.chosen.size(), before);
}

TEST_F(ExploreViewTest, ClickOnAHeadingSortsTheOtherWayRound) {
  Frame();
  Click(480, 75);
  EXPECT_EQ(state_.explore.sort, "grok_step");
  EXPECT_TRUE(state_.explore.is_descending);
}

TEST_F(ExploreViewTest, CurvesOfChosenRunsAreAskedFor) {
  state_.explore.has_begun = true;
  powerdown::Run run = *model_.runs().front();
  run.run_id = "unseen";
  model_.Apply(RunsChanged{{run}, false});
  state_.explore.chosen = {"unseen"};
  const Intents intents = Frame();
  ASSERT_NE(Find<FollowRun>(intents), nullptr);
  EXPECT_EQ(Find<FollowRun>(intents)->run_id, "unseen");
}

TEST_F(ExploreViewTest, ExportHasEveryRunListed) {
  Frame();
  const Intents intents = Click(783, 42);
  const ExportCsv* csv = Find<ExportCsv>(intents);
  ASSERT_NE(csv, nullptr);
  EXPECT_EQ(std::count(csv->text.begin(), csv->text.end(), '\n'), 13);
}

}  // namespace
}  // namespace powerdown
