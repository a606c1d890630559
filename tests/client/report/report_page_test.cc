#include "client/report/report_page.h"

#include <gmock/gmock.h>

#include <regex>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const absl::Time kMadeAt = absl::FromUnixSeconds(1'700'000'000);

// Tags that are open at the end, or closed without having been opened.
std::vector<std::string> UnbalancedTags(const std::string& page) {
  std::vector<std::string> open;
  const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>");
  for (std::sregex_iterator found(page.begin(), page.end(), tag), end; found != end; ++found) {
    const std::string name = (*found)[2];
    if ((*found)[3] == "/" || name == "meta") continue;
    if ((*found)[1] != "/") {
      open.push_back(name);
    } else if (!open.empty() && open.back() == name) {
      open.pop_back();
    } else {
      return {name};
    }
  }
  return open;
}

AnswerGrid SampleGrid() {
  AnswerGrid grid;
  grid.symbols = 2;
  grid.at_step = 140;
  grid.label = CheckpointLabel::kMemorised;
  grid.answers = grid.expected = {0, 1, 1, 0};
  grid.origins.assign(4, AnswerGrid::Origin::kHeldOut);
  grid.confidences.assign(4, 200);
  grid.score = 0.25;
  return grid;
}

PageRun SamplePage() {
  PageRun page;
  page.comparison = SampleComparison();
  page.run = page.comparison->usual;
  page.run.short_id = "128";
  page.run.comparison_id = "01k9comparison";
  page.run.checkpoints = {
      {"01k9cp", 1, 790, CheckpointLabel::kStop, CheckpointKind::kFull, "abcdef0123", 42, ""}};
  page.trace = SampleTrace();
  page.film = {SampleGrid()};
  return page;
}

TEST(ReportPageTest, APageTellsTheWholeStory) {
  const std::string page = RunPage(SamplePage(), kMadeAt);
  for (const char* told :
       {"Saved 45.5% of the energy", "27.5 mWh", "Projected, not measured", "How it learned",
        "class=\"after\"", "Forecast against actual", "memorised, step 140: 25.0%",
        "472.9 g CO2/kWh", "Ember 2024", "weight_decay", "abcdef0123", "01k9comparison"}) {
    EXPECT_THAT(page, HasSubstr(told)) << told;
  }
  EXPECT_THAT(UnbalancedTags(page), IsEmpty());
}

TEST(ReportPageTest, NamesOfOthersAreTextAndNothingComesFromElsewhere) {
  PageRun reported = SamplePage();
  reported.run.name = "</title><script>alert(1)</script>";
  reported.run.owner = "<img src=x>";
  const std::string page = RunPage(reported, kMadeAt);
  for (const char* outside : {"<script", "<img", "url("}) {
    EXPECT_THAT(page, Not(HasSubstr(outside))) << outside;
  }
  EXPECT_THAT(UnbalancedTags(page), IsEmpty());
}

TEST(ReportPageTest, WhatIsNotKnownIsLeftOut) {
  PageRun reported;
  reported.run = SampleRun();
  reported.run.energy.reset();
  reported.run.stop.reset();
  const std::string page = RunPage(reported, kMadeAt);
  for (const char* absent : {"Saved", "Projected", "What it used", "Its answers", "nan"}) {
    EXPECT_THAT(page, Not(HasSubstr(absent))) << absent;
  }
  EXPECT_THAT(UnbalancedTags(page), IsEmpty());
}

TEST(ReportPageTest, AListHasEveryRunAndItsCurve) {
  std::vector<powerdown::Run> runs(3, SampleRun());
  runs[0].short_id = "130";
  runs[1].short_id = "129";
  runs[1].state = RunState::kStopped;
  runs[1].steps = 790;
  runs[2].short_id = "128";
  const std::string page = ListPage(runs, {SampleTrace()}, "tag = \"night\"", kMadeAt);
  for (const char* told : {"130", "129", "128", "tag = &quot;night&quot;", "3 runs used",
                           "stopped early", "45.5%", "<svg"}) {
    EXPECT_THAT(page, HasSubstr(told)) << told;
  }
  EXPECT_THAT(UnbalancedTags(page), IsEmpty());
}

}  // namespace
}  // namespace powerdown
