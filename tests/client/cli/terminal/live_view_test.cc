#include "client/cli/terminal/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/terminal/chart.h"
#include "common/base/text.h"
#include "common/run/event_details.h"
#include "tests/fakes/sample_runs.h"
#include "tests/support/screens.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

LiveScene SceneOf(const RunTrace& trace) {
  LiveScene scene;
  scene.usual = &trace;
  scene.is_comparison = true;
  scene.id = "comparison 01k9comparison";
  scene.title = "addition mod 59 · mlp 128/256 · seed 0";
  scene.state = "training";
  scene.end_step = 1450;
  scene.energy_label = "estimate ±40%";
  return scene;
}

std::string TextOf(const LiveScene& scene, int columns = 80, int rows = 24) {
  return Join(LiveView(scene, {columns, rows}, Style(false)), "\n");
}

TEST(LiveViewTest, FitsEveryTerminal) {
  const RunTrace trace = SampleTrace(1000);
  for (int columns = 40; columns <= 200; columns += 7) {
    for (const int rows : {5, 12, 24, 60}) {
      const auto lines = LiveView(SceneOf(trace), {columns, rows}, Style(true));
      EXPECT_LE(lines.size(), static_cast<size_t>(rows));
      for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), columns) << line;
    }
  }
}

TEST(LiveViewTest, AfterTheStopShowsWasteAndWhatIsSaved) {
  const RunTrace trace = SampleTrace(1000);
  const std::string text = TextOf(SceneOf(trace));
  EXPECT_THAT(text, HasSubstr("S stop 790"));
  EXPECT_THAT(text, HasSubstr("░"));
  EXPECT_THAT(text, HasSubstr("after the stop"));
  EXPECT_THAT(text, HasSubstr("saved      8.75 mWh"));
  EXPECT_THAT(text, HasSubstr("estimate ±40%"));
}

TEST(LiveViewTest, BeforeTheStopNothingIsClaimed) {
  const RunTrace trace = SampleTrace(400);
  const std::string text = TextOf(SceneOf(trace));
  EXPECT_THAT(text, HasSubstr("M memorised 140"));
  EXPECT_THAT(text, HasSubstr("nothing yet: still learning"));
  EXPECT_THAT(text, Not(HasSubstr("░")));
  EXPECT_THAT(text, HasSubstr("step 400 of 1,450"));
}

TEST(LiveViewTest, BeforeTheFirstReportSaysWhy) {
  const RunTrace trace;
  LiveScene scene = SceneOf(trace);
  scene.state = "waits for a free worker";
  const std::string text = TextOf(scene);
  EXPECT_THAT(text, HasSubstr("waits for a free worker"));
  EXPECT_THAT(text, HasSubstr("not measured yet"));
  EXPECT_THAT(text, Not(HasSubstr("0 Wh")));
}

TEST(LiveViewTest, TimeLeftFollowsFromTheSpeed) {
  const RunTrace trace = SampleTrace(1000);
  EXPECT_EQ(TimeLeft(SceneOf(trace)), "2 s left");
  LiveScene ended = SceneOf(trace);
  ended.has_ended = true;
  EXPECT_EQ(TimeLeft(ended), "");
}

TEST(LiveViewTest, PlainLineSaysTheSame) {
  const RunTrace trace = SampleTrace(1000);
  EXPECT_EQ(ProgressLine(SceneOf(trace)),
            "step 1,000 of 1,450 (69%) · train 100% · validation 99.7% · 31.8 W · 41.7 mWh · "
            "2 s left");
}

TEST(LiveViewTest, RunThatMayStopSoonerSaysAtMost) {
  const RunTrace trace = SampleTrace(400);
  LiveScene scene = SceneOf(trace);
  scene.is_end_certain = false;
  scene.end_step = 10000;
  EXPECT_THAT(TextOf(scene), HasSubstr("at most 48 s left"));
  EXPECT_THAT(TextOf(scene), HasSubstr("500 steps"));
}

// At 40x12 the bill fell off the lower edge.
TEST(LiveViewTest, TheBillStaysOnTheSmallestTerminals) {
  const RunTrace trace = SampleTrace(1000);
  for (const auto& [columns, rows] : {std::pair(40, 12), {40, 11}, {60, 7}, {39, 6}}) {
    const std::string text = TextOf(SceneOf(trace), columns, rows);
    EXPECT_THAT(text, HasSubstr("saved      8.75 mWh")) << text;
    EXPECT_THAT(text, HasSubstr("69%")) << text;
    EXPECT_THAT(text, Not(HasSubstr("…mWh"))) << text;
  }
}

RunEvent ForecastEvent(int64_t made_at, int64_t grok_step, double probability) {
  Forecast forecast;
  forecast.made_at_step = made_at;
  forecast.grok_step = grok_step;
  forecast.bands = {{0.8, grok_step - 100, grok_step + 300}};
  forecast.will_grok_probability = probability;
  RunEvent event = SampleEvent("forecast", made_at);
  event.details_json = FormatDetails(forecast);
  return event;
}

TEST(LiveViewTest, TheLatestForecastStandsBesideTheFirstAfterMemorising) {
  RunTrace trace = SampleTrace(400);
  trace.Apply(ForecastEvent(200, 600, 0.9));
  trace.Apply(ForecastEvent(390, 700, 0.97));
  LiveScene scene = SceneOf(trace);
  scene.max_steps = 1450;
  EXPECT_THAT(TextOf(scene), HasSubstr("forecast  groks near step 700 (600 to 1,000), p = 0.97, in "
                                       "about 2 s; first 600"));
  EXPECT_THAT(TextOf(scene), HasSubstr("F forecast 600"));
  EXPECT_EQ(trace.predicted_grok_step(), 600);
}

TEST(LiveViewTest, AnUnlikelyGrokHasNoStepAndNoMark) {
  RunTrace trace = SampleTrace(400);
  trace.Apply(ForecastEvent(200, 26'324, 0.3));
  LiveScene scene = SceneOf(trace);
  scene.max_steps = 1450;
  const std::string text = TextOf(scene);
  EXPECT_THAT(text, HasSubstr("probably will not grok within 1,450 steps (p = 0.30)"));
  EXPECT_THAT(text, Not(HasSubstr("26,324")));
  EXPECT_EQ(trace.predicted_grok_step(), std::nullopt);
}

TEST(LiveViewTest, AtTheEndTheFirstForecastIsHeldAgainstTheGrok) {
  RunTrace trace = SampleTrace(400);
  trace.Apply(ForecastEvent(200, 600, 0.9));
  trace.Apply(SampleEvent("grokked", 720));
  LiveScene scene = SceneOf(trace);
  EXPECT_THAT(TextOf(scene), HasSubstr("predicted 600 (500 to 900) at step 200; grokked at 720, "
                                       "20% later"));
}

TEST(LiveViewTest, EachStageOnThreeTerminals) {
  for (const ScreenSize size : ScreenSizes()) {
    const auto expect = [&](const std::string& name, const LiveScene& scene) {
      const auto lines = LiveView(scene, {size.columns, size.rows}, Style(false));
      EXPECT_LE(lines.size(), static_cast<size_t>(size.rows));
      ExpectScreen("live-" + name, size, Join(lines, "\n") + "\n");
    };
    const RunTrace nothing;
    LiveScene waiting = SceneOf(nothing);
    waiting.state = "waits for a free worker; 1 of 1 is busy";
    expect("waiting", waiting);
    RunTrace learning = SampleTrace(400);
    learning.Apply(ForecastEvent(200, 600, 0.9));
    LiveScene scene = SceneOf(learning);
    scene.max_steps = 1450;
    expect("learning", scene);
    scene.is_comparison = false;
    scene.id = "run 128";
    scene.is_end_certain = false;
    expect("one-run", scene);
    const RunTrace stopped = SampleTrace(1000);
    expect("stopped", SceneOf(stopped));
    const RunTrace whole = SampleTrace();
    const Comparison comparison = SampleComparison();
    LiveScene ended = SceneOf(whole);
    ended.has_ended = true;
    ended.ended = &comparison;
    ended.state = "finished";
    expect("ended", ended);
  }
}

}  // namespace
}  // namespace powerdown
