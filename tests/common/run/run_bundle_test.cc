#include "common/run/run_bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/compression.h"
#include "common/base/json.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

absl::Time At(int64_t millis) {
  return absl::FromUnixMillis(1'700'000'000'000 + millis);
}

RunBundle Example() {
  RunBundle bundle;
  Run& run = bundle.run;
  run.run_id = "01k9abc";
  run.name = "a run";
  run.owner = "ada";
  run.notes = "groks \"twice\"";
  run.tags = {"paper", "tier:hard"};
  run.state = RunState::kFinished;
  run.spec.task = "2*x + 3*y";
  run.spec.weight_decay = 0.1 + 0.2;
  run.steps = run.max_steps = 500;
  run.memorised_step = 40;
  run.stop = StopOutcome{400, StopReason::kGrokked, StopMode::kObserve};
  run.created_at = At(0);
  run.attempts = {{.attempt = 1, .last_step = 500, .started_at = At(1), .ended_at = At(900)}};
  StepReport report;
  report.run_id = run.run_id;
  report.time = At(10);
  report.evaluation = {.step = 10, .train_loss = std::nan(""), .validation_loss = 5e-324};
  report.energy = Joules(1.0 / 3);
  RunEvent event;
  event.run_id = run.run_id;
  event.kind = EventKind::kMemorised;
  event.step = 40;
  event.time = At(40);
  event.details_json = R"({"known_at":40})";
  bundle.updates = {report, event};
  LedgerInterval interval;
  interval.device = "cpu";
  interval.consumer = AttemptConsumer(run.run_id, 1);
  interval.end = absl::Seconds(3);
  interval.joules = Joules(0.1);
  interval.net = Joules(0.05);
  interval.source = "rapl";
  bundle.ledger = {interval};
  return bundle;
}

TEST(RunBundleTest, IsReadBackToTheSameRun) {
  const std::string text = FormatBundle(Example());
  const auto read = ParseBundles(text, "x");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(FormatBundle(read->front()), text);
  EXPECT_EQ(RunJson(read->front().run), RunJson(Example().run));
  EXPECT_EQ(std::get<StepReport>(read->front().updates[0]).energy, Joules(1.0 / 3));
  EXPECT_EQ(read->front().ledger[0].net, Joules(0.05));
}

TEST(RunBundleTest, ReadsCompressedBytesOfSeveralRuns) {
  const std::string text = FormatBundle(Example()) + FormatBundle(Example());
  const auto read = ReadBundles(*Compress(text), "runs.zst");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->size(), 2u);
  const absl::Status junk = ReadBundles("junk", "runs.zst").status();
  EXPECT_TRUE(absl::IsInvalidArgument(junk)) << junk;
  EXPECT_THAT(std::string(junk.message()), HasSubstr("runs.zst: "));
}

TEST(RunBundleTest, ATextOverTheLimitIsRefusedPackedOrNot) {
  const std::string text = FormatBundle(Example());
  EXPECT_TRUE(ReadBundles(*Compress(text), "x", text.size()).ok());
  for (const std::string& bytes : {text, *Compress(text)}) {
    const absl::Status status = ReadBundles(bytes, "x", text.size() - 1).status();
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  }
}

TEST(RunBundleTest, RunsAreFoundInATextWithoutReadingIt) {
  RunBundle second = Example();
  second.run.run_id = "01k9abd";
  const std::string first_text = FormatBundle(Example());
  const std::string second_text = FormatBundle(second);
  const std::string text = first_text + second_text;
  const std::vector<BundledRun> runs = SplitBundles(text);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].run_id, "01k9abc");
  EXPECT_EQ(runs[0].text, first_text);
  EXPECT_EQ(runs[1].run_id, "01k9abd");
  EXPECT_EQ(runs[1].text, second_text);
  const auto header = ParseBundles(runs[1].header(), "x");
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->front().run.tags, second.run.tags);
  EXPECT_TRUE(SplitBundles("").empty());
  EXPECT_EQ(SplitBundles("{\"bundle\": 1, \"run\": {}}").at(0).run_id, "");
}

TEST(RunBundleTest, NamesTheLineOfAProblem) {
  std::string text = FormatBundle(Example());
  text += "{\"attempt\":1}\n";
  const absl::Status status = ParseBundles(text, "log").status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("log:4: "));
  EXPECT_FALSE(ParseBundles("{\"step\":1}\n", "log").ok());
  EXPECT_FALSE(ParseBundles("", "log").ok());
}

TEST(RunBundleTest, RefusesAnIdThatIsNone) {
  RunBundle bundle = Example();
  bundle.run.run_id = "../../etc";
  EXPECT_FALSE(ParseBundles(FormatBundle(bundle), "x").ok());
}

std::vector<StepReport> Log() {
  std::vector<StepReport> reports;
  for (int64_t step = 0; step <= 600; step += 10) {
    StepReport report;
    report.time = At(step);
    report.evaluation.step = step;
    report.evaluation.train_accuracy = step >= 50 ? 1 : 0.5;
    report.evaluation.validation_accuracy = step >= 300 ? 1 : 0.1;
    reports.push_back(report);
  }
  return reports;
}

TEST(BundleOfLogTest, ReadsMilestonesOffTheReports) {
  const RunBundle bundle = BundleOfLog(powerdown::Run(), Log());
  EXPECT_EQ(bundle.run.memorised_step, 50);
  EXPECT_EQ(bundle.run.grok_step, 300);
  EXPECT_EQ(bundle.run.steps, 600);
  EXPECT_EQ(bundle.run.state, RunState::kFinished);
  EXPECT_EQ(bundle.updates.size(), 61u + 2u);
  EXPECT_TRUE(bundle.ledger.empty());
}

void ExpectOrdered(const powerdown::Run& run) {
  ASSERT_TRUE(run.started_at && run.ended_at);
  EXPECT_LE(run.created_at, *run.started_at);
  EXPECT_LE(*run.started_at, *run.ended_at);
  for (const Attempt& attempt : run.attempts) EXPECT_LE(attempt.started_at, *attempt.ended_at);
}

// Imported runs ended before they began, or in 1970.
TEST(BundleOfLogTest, ALogWithoutTimesHasNoStartAndNoEnd) {
  std::vector<StepReport> reports = Log();
  for (StepReport& report : reports) report.time = absl::Time();
  powerdown::Run run;
  run.created_at = At(1'000'000);
  const RunBundle bundle = BundleOfLog(run, reports);
  EXPECT_FALSE(bundle.run.started_at || bundle.run.ended_at);
  EXPECT_EQ(FormatBundle(bundle).find("1970"), std::string::npos);
  const auto read = ParseBundles(FormatBundle(bundle), "x");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->front().run.started_at.has_value());
}

TEST(BundleOfLogTest, WhatOfItsEnergyIsNotToldIsSeenWithoutTimesToo) {
  std::vector<StepReport> reports = Log();
  for (StepReport& report : reports) report.time = absl::Time();
  reports.back().energy = Joules(10);
  EXPECT_EQ(SumIntervals(BundleOfLog({}, reports, 0.75).ledger)->coverage, 0.75);
  EXPECT_EQ(SumIntervals(BundleOfLog({}, reports).ledger)->coverage, 1);
}

TEST(BundleOfLogTest, ALogThatTellsHowLongItRanKeepsThat) {
  std::vector<StepReport> reports = Log();
  for (size_t i = 0; i < reports.size(); ++i) {
    reports[i].time = absl::UnixEpoch() + absl::Seconds(i);
  }
  const RunBundle bundle = BundleOfLog({}, reports);
  EXPECT_FALSE(bundle.run.started_at.has_value());
  const auto read = ParseBundles(FormatBundle(bundle), "x");
  EXPECT_EQ(ReportsOf(read->front()).back().time, reports.back().time);
}

TEST(BundleOfLogTest, ALogFromThePastIsOfThatTimeAndGapsInItsTimesAreFilled) {
  std::vector<StepReport> reports = Log();
  reports[0].time = reports[7].time = absl::Time();
  reports[9].time = At(-5);  // a clock that was set back
  powerdown::Run run;
  run.created_at = At(1'000'000);
  const RunBundle bundle = BundleOfLog(run, reports);
  const powerdown::Run ordered = ParseBundles(FormatBundle(bundle), "x")->front().run;
  ExpectOrdered(ordered);
  EXPECT_EQ(ordered.created_at, At(10));
  EXPECT_EQ(*ordered.ended_at, At(600));
  absl::Time before = At(0);
  for (const StepReport& report : ReportsOf(bundle)) {
    EXPECT_GE(report.time, before);
    before = report.time;
  }
}

TEST(RunBundleTest, ABundleThatEndsBeforeItBeginsIsPutInOrder) {
  RunBundle bundle = Example();
  bundle.run.created_at = At(100);
  bundle.run.started_at = At(50);
  bundle.run.ended_at = At(10);
  const auto read = ParseBundles(FormatBundle(bundle), "x");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->front().run.created_at, At(50));
  EXPECT_EQ(*read->front().run.ended_at, At(50));
}

// What a foreign log says of energy is passed on, without a band or a scope that nobody told.
TEST(BundleOfLogTest, EnergyOfALogHasNoBandAndNoScope) {
  std::vector<StepReport> reports = Log();
  reports.back().energy = Joules(12);
  const auto figure = SumIntervals(BundleOfLog(powerdown::Run(), reports).ledger);
  ASSERT_TRUE(figure.has_value());
  EXPECT_EQ(figure->scope, "");
  const Json json = EnergyJson(*figure);
  EXPECT_EQ(json.at("source"), "imported");
  EXPECT_EQ(json.at("gross_joules"), 12);
  EXPECT_TRUE(json.at("low_joules").is_null() && json.at("high_joules").is_null());
}

}  // namespace
}  // namespace powerdown
