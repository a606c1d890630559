#include "client/cli/terminal/live_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/terminal/chart.h"
#include "common/base/text.h"
#include "tests/fakes/sample_runs.h"

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

}  // namespace
}  // namespace powerdown
