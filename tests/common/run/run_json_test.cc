#include "common/run/run_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Keys(const Json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

EnergyFigure SomeEnergy() {
  return {Joules(100), Joules(60), Joules(90), Joules(110), Watts(40), "rapl",
          1,           Joules(50), Joules(70), "cpu",       Joules(5)};
}

Run WholeRun() {
  Run run;
  run.run_id = "01hf";
  run.name = "first";
  run.owner = "ada";
  run.state = RunState::kStopped;
  run.device = "cpu";
  run.hardware = "EPYC, 2 cores";
  run.steps = 800;
  run.max_steps = 1450;
  run.train_accuracy = 1.0;
  run.validation_accuracy = 0.995;
  run.memorised_step = 100;
  run.grok_step = 725;
  run.stop = StopOutcome{800, StopReason::kGrokked, StopMode::kOn};
  run.energy = SomeEnergy();
  run.co2 = GramsCo2(0.013);
  run.cost = Money{0.001, "USD"};
  run.attempts = {{1, 0, 800, absl::FromUnixSeconds(1), absl::FromUnixSeconds(9),
                   AttemptOutcome::kStopped, ""}};
  run.checkpoints = {
      {"01ck", 1, 800, CheckpointLabel::kStop, CheckpointKind::kFull, "abc", 5000, "secret/path"}};
  run.started_at = absl::UnixEpoch();
  run.created_at = absl::UnixEpoch() + absl::Microseconds(1);
  return run;
}

TEST(RunJsonTest, RunHasTheDocumentedKeysInOrder) {
  EXPECT_THAT(Keys(RunJson(WholeRun())),
              ElementsAre("run_id", "name", "owner", "state", "spec", "device", "hardware", "steps",
                          "max_steps", "train_accuracy", "validation_accuracy", "memorised_step",
                          "grok_step", "stop", "energy", "co2_grams", "cost", "attempts",
                          "checkpoints", "created_at", "started_at", "auto_stop", "tags", "abandon",
                          "is_default", "factors", "priority", "is_private"));
}

TEST(RunJsonTest, BudgetPriorityAndPrivacyAreShown) {
  powerdown::Run run = WholeRun();
  run.budget = Budget{"gCO2", 2.5};
  run.priority = 3;
  run.is_private = true;
  const Json json = RunJson(run);
  EXPECT_EQ(JsonText(json["budget"]), R"({"unit":"gCO2","amount":2.5})");
  EXPECT_EQ(json["priority"], 3);
  EXPECT_EQ(json["is_private"], true);
}

TEST(RunJsonTest, PartsHaveTheDocumentedKeys) {
  const Json json = RunJson(WholeRun());
  EXPECT_THAT(Keys(json["energy"]),
              ElementsAre("gross_joules", "net_joules", "low_joules", "high_joules",
                          "baseline_watts", "source", "coverage", "net_low_joules",
                          "net_high_joules", "scope", "estimated_joules"));
  EXPECT_THAT(Keys(json["stop"]), ElementsAre("step", "reason", "mode"));
  EXPECT_THAT(Keys(json["checkpoints"][0]),
              ElementsAre("checkpoint_id", "attempt", "step", "label", "kind", "sha256", "bytes"));
  EXPECT_THAT(Keys(json["attempts"][0]), ElementsAre("attempt", "first_step", "last_step",
                                                     "started_at", "ended_at", "outcome"));
  EXPECT_EQ(json["cost"].dump(), R"({"amount":0.001,"currency":"USD"})");
  EXPECT_EQ(json["factors"]["carbon"]["year"], 2024);
}

TEST(RunJsonTest, WhatIsNotKnownIsAbsent) {
  const Json json = RunJson(powerdown::Run());
  for (const char* key : {"train_accuracy", "grok_step", "stop", "energy", "co2_grams", "cost",
                          "device", "started_at", "ended_at", "forecast", "comparison_id"}) {
    EXPECT_FALSE(json.contains(key)) << key;
  }
  EnergyFigure energy = SomeEnergy();
  energy.net.reset();
  energy.baseline.reset();
  EXPECT_FALSE(EnergyJson(energy).contains("net_joules"));
  EXPECT_FALSE(EnergyJson(energy).contains("baseline_watts"));
}

TEST(RunJsonTest, GreatWholeNumbersKeepTheirLastDigit) {
  powerdown::Run run = WholeRun();
  run.steps = 9007199254740993;
  EXPECT_EQ(RunJson(run)["steps"].dump(), "9007199254740993");
}

TEST(RunJsonTest, ADefaultFactorIsFlagged) {
  powerdown::Run run = WholeRun();
  EXPECT_EQ(RunJson(run)["is_default"], true);
  run.factors.carbon.is_default = run.factors.price.is_default = false;
  EXPECT_FALSE(RunJson(run).contains("is_default"));
  EXPECT_EQ(RunJson(run)["factors"]["price"]["is_default"], false);
}

TEST(RunJsonTest, ReportHasTheDocumentedKeysInOrder) {
  StepReport report;
  report.revision = 5;
  report.time = absl::FromUnixSeconds(1774740600);
  report.evaluation.train_loss = std::nan("");
  EXPECT_THAT(Keys(ReportJson(report)),
              ElementsAre("revision", "run_id", "attempt", "step", "time", "train_loss",
                          "train_accuracy", "validation_loss", "validation_accuracy",
                          "gradient_norm", "weight_norm", "activation_sparsity"));
  report.power = Watts(42.5);
  report.energy = Joules(7);
  EXPECT_EQ(ReportJson(report)["power_watts"], 42.5);
  EXPECT_EQ(ReportJson(report)["energy_joules"], 7);
  EXPECT_EQ(ReportJson(report)["train_loss"], "NaN");
}

TEST(RunJsonTest, WhatAReportDoesNotKnowIsAbsentAndStaysSo) {
  StepReport report;
  report.time = absl::UnixEpoch() + absl::Milliseconds(1250);
  report.evaluation.train_loss.reset();
  report.evaluation.validation_accuracy = std::nan("");
  report.gradient_norm.reset();
  const Json json = ReportJson(report);
  EXPECT_THAT(Keys(json), ElementsAre("revision", "run_id", "attempt", "step", "train_accuracy",
                                      "validation_loss", "weight_norm", "activation_sparsity",
                                      "elapsed_seconds"));
  const StepReport back = *ReportFromJson(json);
  EXPECT_FALSE(back.evaluation.train_loss || back.gradient_norm);
  EXPECT_EQ(back.evaluation.validation_loss, 0);
  EXPECT_TRUE(std::isnan(back.evaluation.validation_accuracy));
  EXPECT_EQ(back.time, report.time);
}

TEST(RunJsonTest, EventCarriesItsDetails) {
  RunEvent event;
  event.revision = 6;
  event.run_id = "01hf";
  event.attempt = 1;
  event.time = absl::FromUnixSeconds(1774740600);
  event.kind = EventKind::kDecision;
  event.step = 800;
  event.details_json = R"({"verdict":"stop"})";
  const Json json = UpdateJson(event);
  EXPECT_THAT(Keys(json),
              ElementsAre("revision", "run_id", "attempt", "time", "event", "step", "details"));
  EXPECT_EQ(json["details"]["verdict"], "stop");
  event.details_json = "{broken";
  EXPECT_FALSE(EventJson(event).contains("details"));
}

Comparison WholeComparison() {
  Comparison comparison;
  comparison.comparison_id = "01cm";
  comparison.usual = comparison.stopped = WholeRun();
  comparison.recuts = {{"prototype", 957, 0.2, false}, {"literature", 100000, std::nullopt, true}};
  comparison.naive_stop = NaiveStop{"patience-10", 110, 0.03};
  comparison.saved =
      Saving{Joules(50), Joules(30), Joules(40), Joules(60), 0.5, GramsCo2(1), {0.1, "USD"}};
  comparison.accuracy_change = -0.001;
  comparison.fleet = {FleetOf(Joules(50), Joules(40), Joules(60), 1000, DefaultFactors())};
  return comparison;
}

TEST(RunJsonTest, ComparisonHasTheDocumentedKeysInOrder) {
  EXPECT_THAT(Keys(ComparisonJson(WholeComparison())),
              ElementsAre("comparison_id", "mode", "spec", "budget", "recuts", "naive_stop",
                          "usual", "stopped", "memorised_step", "grok_step", "saved",
                          "accuracy_change", "identical_prefix", "fleet", "owner", "has_ended",
                          "created_at", "is_default", "factors"));
}

TEST(RunJsonTest, ComparisonPartsHaveTheDocumentedKeys) {
  const Json json = ComparisonJson(WholeComparison());
  EXPECT_THAT(Keys(json["saved"]), ElementsAre("gross_joules", "net_joules", "low_joules",
                                               "high_joules", "share", "co2_grams", "cost"));
  EXPECT_THAT(Keys(json["fleet"][0]), ElementsAre("runs_per_year", "kwh", "kwh_low", "kwh_high",
                                                  "co2_kg", "cost", "phone_charges", "car_km"));
  EXPECT_THAT(Keys(json["budget"]), ElementsAre("max_steps", "policy", "source"));
  EXPECT_FALSE(json["recuts"][1].contains("share"));
  EXPECT_EQ(json["recuts"][1]["is_extrapolated"], true);
  EXPECT_EQ(json["mode"], "shared");
}

TEST(RunJsonTest, UnknownPartsOfAComparisonAreAbsentButThePrefixIsNot) {
  const Json json = ComparisonJson(Comparison());
  EXPECT_FALSE(json.contains("saved"));
  EXPECT_FALSE(json.contains("naive_stop"));
  EXPECT_FALSE(json.contains("accuracy_change"));
  EXPECT_EQ(json["identical_prefix"], false);
  EXPECT_TRUE(json["fleet"].is_array());
}

TEST(RunJsonTest, QuizIsAsDocumented) {
  QuizResult result;
  result.run_id = "01hf";
  result.at_step = 725;
  result.checkpoint = "01ck";
  result.questions = {{"17 + 44", {17, 44}, true, 2, 2, true, 0.5, {{2, 0.5}}}};
  result.score = 1.0;
  const Json json = QuizJson(result);
  EXPECT_THAT(Keys(json), ElementsAre("run_id", "at_step", "checkpoint", "questions", "score"));
  EXPECT_EQ(json["questions"][0].dump(),
            R"({"question":"17 + 44","asked":[17,44],"held_out":true,"answer":2,"expected":2,)"
            R"("correct":true,"probability":0.5,"top":[{"answer":2,"probability":0.5}]})");
}

}  // namespace
}  // namespace powerdown
