#include "client/view/explore_view.h"

#include <gmock/gmock.h>

#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/run/run_json.h"
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
  state_.explore.up = "energy_joules";
  const std::string text = Text();
  for (const powerdown::Run* run : model_.runs()) {
    EXPECT_THAT(text, HasSubstr(EnergyText(run->energy->gross)));
  }
  EXPECT_THAT(text, HasSubstr("13 of 13 runs have both"));
}

// What `powerdown run show RUN --output json` prints.
TEST_F(ExploreViewTest, EveryNumberIsTheOneOfTheCommandLine) {
  const std::vector<ExploredRun> runs = ExploredRunsOf(model_, "");
  const std::string text = Text();
  for (const ExploredRun& explored : runs) {
    const Json json = RunJson(*explored.run);
    const auto value = [&](const char* name) { return QuantityNamed(name).value(explored); };
    EXPECT_EQ(value("energy_joules"), json.at("energy").at("gross_joules").get<double>());
    EXPECT_EQ(value("steps"), json.at("steps").get<double>());
    EXPECT_EQ(value("grok_step"), json.at("grok_step").get<double>());
    EXPECT_EQ(value("memorised_step"), json.at("memorised_step").get<double>());
    EXPECT_EQ(value("validation_accuracy"), json.at("validation_accuracy").get<double>());
    for (const char* name : {"weight_decay", "learning_rate", "train_fraction", "modulus"}) {
      EXPECT_EQ(value(name), json.at("spec").at(name).get<double>()) << name;
    }
    EXPECT_THAT(text, HasSubstr(CountText(json.at("grok_step"))));
  }
}

TEST_F(ExploreViewTest, PredictionIsTheForecastMadeBeforeTheGrok) {
  powerdown::Run run = *model_.runs().front();
  const int64_t grok_step = *run.grok_step;
  run.forecast = Forecast{.made_at_step = 50, .grok_step = grok_step + 7, .model = "cure-1"};
  model_.Apply(RunsChanged{{run}});
  EXPECT_EQ(QuantityNamed("predicted_grok_step").value({model_.FindRun(run.run_id), {}}),
            RunJson(run).at("forecast").at("grok_step").get<double>());
  run.forecast->made_at_step = grok_step;
  model_.Apply(RunsChanged{{run}});
  EXPECT_EQ(QuantityNamed("predicted_grok_step").value({model_.FindRun(run.run_id), {}}),
            std::nullopt);
}

TEST_F(ExploreViewTest, SaysThatAllRunsAreOfOneKindOfHardwareUntilTheyAreNot) {
  state_.explore.up = "energy_joules";
  EXPECT_THAT(Text(), HasSubstr("one kind of hardware"));
  powerdown::Run run = *model_.runs().front();
  run.hardware = "NVIDIA RTX A4000";
  model_.Apply(RunsChanged{{run}});
  EXPECT_THAT(Text(), AllOf(HasSubstr("NVIDIA RTX A4000"), Not(HasSubstr("one kind"))));
}

TEST_F(ExploreViewTest, KeysWalkTheListAndLayRunsOver) {
  Frame();
  state_.explore.focused = state_.explore.listed[3].run->run_id;
  Press('j');
  EXPECT_EQ(state_.explore.focused, state_.explore.listed[4].run->run_id);
  Press('k');
  Press('k');
  EXPECT_EQ(state_.explore.focused, state_.explore.listed[2].run->run_id);
  state_.explore.chosen.clear();
  Press('o');
  EXPECT_EQ(state_.explore.chosen, std::vector<std::string>{state_.explore.focused});
  Press('o');
  EXPECT_TRUE(state_.explore.chosen.empty());
}

TEST_F(ExploreViewTest, NotesAndTagsAreSavedByTheServer) {
  Connect();
  Frame();
  NotesState& notes = state_.explore.notes;
  std::snprintf(notes.notes, sizeof notes.notes, "groks twice");
  std::snprintf(notes.tags, sizeof notes.tags, " paper  night ");
  Frame();
  const Intents intents = Click(779, 792);
  const EditRun* edit = Find<EditRun>(intents);
  ASSERT_NE(edit, nullptr);
  EXPECT_EQ(edit->run_id, state_.explore.focused);
  EXPECT_EQ(edit->notes, "groks twice");
  EXPECT_EQ(edit->tags, (std::vector<std::string>{"paper", "night"}));
}

TEST_F(ExploreViewTest, ScatterIsSavedAsAPicture) {
  Frame();
  const Intents intents = Click(1386, 41);
  ASSERT_NE(Find<ExportPicture>(intents), nullptr);
  EXPECT_EQ(Find<ExportPicture>(intents)->name, "predicted_grok_step-by-grok_step");
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
  EXPECT_EQ(std::count(csv->text.begin(), csv->text.end(), '\n'), 14);
}

}  // namespace
}  // namespace powerdown
