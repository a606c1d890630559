#include "common/run/worker_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/json.h"
#include "common/forecast/stop_rule.h"
#include "common/run/worker_line_fields.h"
#include "tests/support/any_values.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

template <typename T>
T ReadBack(const T& line) {
  const std::string text = FormatLine(line);
  EXPECT_EQ(text.find('\n'), text.npos);
  const auto read = ParseLine(text);
  EXPECT_TRUE(read.ok()) << read.status();
  const T* same = read.ok() ? std::get_if<T>(&*read) : nullptr;
  EXPECT_NE(same, nullptr) << text;
  return same == nullptr ? T() : *same;
}

StepLine SomeStep() {
  StepLine line;
  line.monotonic = absl::Nanoseconds(1234567890123456789);
  line.evaluation = {725, 0.1 + 0.2, 1.0, 1e-300, 0.9931034482758621};
  line.gradient_norm = 5e-324;
  line.weight_norm = 1.7976931348623157e308;
  line.activation_sparsity = 1.0 / 3;
  for (size_t i = 0; i < Features().size(); ++i) line.features.push_back(0.1 * (1.0 + i));
  return line;
}

TEST(WorkerLinesTest, StepReadsBackToTheLastBit) {
  const StepLine line = ReadBack(SomeStep());
  EXPECT_EQ(line.features, SomeStep().features);
  EXPECT_EQ(line.monotonic, SomeStep().monotonic);
  EXPECT_EQ(line.evaluation.step, 725);
  EXPECT_EQ(line.evaluation.train_loss, 0.1 + 0.2);
  EXPECT_EQ(line.evaluation.validation_loss, 1e-300);
  EXPECT_EQ(line.gradient_norm, 5e-324);
  EXPECT_EQ(line.weight_norm, 1.7976931348623157e308);
}

RC_GTEST_PROP(WorkerLinesProperty, AnyDoubleReadsBack, (uint64_t bits)) {
  StepLine line = SomeStep();
  line.evaluation.train_loss = std::bit_cast<double>(bits);
  const auto read = ParseLine(FormatLine(line));
  RC_ASSERT(read.ok());
  const double back = *std::get<StepLine>(*read).evaluation.train_loss;
  const double loss = *line.evaluation.train_loss;
  RC_ASSERT(back == loss || (std::isnan(back) && std::isnan(loss)));
}

template <typename Line>
void CheckThatEveryFieldReadsBack(const Line& line) {
  const auto read = ParseLine(FormatLine(line));
  RC_ASSERT(read.ok());
  RC_ASSERT(Difference(line, std::get<Line>(*read)) == "");
}

CheckpointLine AnyCheckpoint() {
  CheckpointLine line = AnyOf<CheckpointLine>();
  line.checkpoint.checkpoint_id.clear();  // the daemon gives ids and attempts
  line.checkpoint.attempt = Checkpoint().attempt;
  line.checkpoint.file = *rc::gen::element<std::string>("", "000000080-frame.ckpt", "ü .");
  return line;
}

RC_GTEST_PROP(WorkerLinesProperty, EveryFieldReadsBack, ()) {
  CheckThatEveryFieldReadsBack(AnyOf<HelloLine>());
  CheckThatEveryFieldReadsBack(AnyOf<StartedLine>());
  StepLine step = AnyOf<StepLine>();  // a worker knows its losses
  step.evaluation.train_loss = step.evaluation.train_loss.value_or(0);
  step.evaluation.validation_loss = step.evaluation.validation_loss.value_or(0);
  CheckThatEveryFieldReadsBack(step);
  CheckThatEveryFieldReadsBack(AnyOf<DecisionLine>());
  CheckThatEveryFieldReadsBack(AnyCheckpoint());
  CheckThatEveryFieldReadsBack(FramesLine{{AnyCheckpoint(), AnyCheckpoint()}});
  MilestoneLine milestone = AnyOf<MilestoneLine>();
  milestone.kind = *rc::gen::element(EventKind::kMemorised, EventKind::kGrokked);
  CheckThatEveryFieldReadsBack(milestone);
  ForecastLine forecast = AnyOf<ForecastLine>();
  forecast.kind = *rc::gen::element(EventKind::kForecast, EventKind::kPlanned, EventKind::kAbandon);
  CheckThatEveryFieldReadsBack(forecast);
}

TEST(WorkerLinesTest, AKindThatALineNeverHasIsRefused) {
  EXPECT_THAT(std::string(ParseLine(R"({"line":"milestone","kind":"gap","step":1,"known_at":2})")
                              .status()
                              .message()),
              HasSubstr(R"(kind: "gap" is not known; allowed: memorised, grokked)"));
  EXPECT_FALSE(ParseLine(R"({"line":"ended","step":1,"outcome":"cancelled"})").ok());
}

TEST(WorkerLinesTest, FeaturesHaveNamesAndMissingOnesAreNaN) {
  StepLine line = SomeStep();
  line.features[1] = std::nan("");
  const std::string text = FormatLine(line);
  EXPECT_THAT(text, HasSubstr(R"("features":{"embedding_norm":0.1,"unembedding_norm":0.3)"));
  const StepLine back = ReadBack(line);
  ASSERT_EQ(back.features.size(), Features().size());
  EXPECT_TRUE(std::isnan(back.features[1]));
  EXPECT_EQ(back.features[2], line.features[2]);
  line.features.clear();
  EXPECT_EQ(FormatLine(line).find("features"), std::string::npos);
  EXPECT_TRUE(ReadBack(line).features.empty());
}

TEST(WorkerLinesTest, NonFiniteNumbersAreWords) {
  StepLine line = SomeStep();
  line.evaluation.train_loss = std::nan("");
  line.gradient_norm = std::numeric_limits<double>::infinity();
  EXPECT_THAT(FormatLine(line), HasSubstr(R"("train_loss":"NaN")"));
  EXPECT_THAT(FormatLine(line), HasSubstr(R"("gradient_norm":"Infinity")"));
  EXPECT_TRUE(std::isnan(*ReadBack(line).evaluation.train_loss));
  EXPECT_TRUE(std::isinf(ReadBack(line).gradient_norm.value()));
}

TEST(WorkerLinesTest, HelloStartedMilestoneAndEndedReadBack) {
  EXPECT_EQ(ReadBack(HelloLine{1, "boot", "LibTorch 1.13.1"}).engine, "LibTorch 1.13.1");
  EXPECT_EQ(ReadBack(StartedLine{5, "cpu", "EPYC, 2 cores", 99, 10, 11}).validation_pairs, 11);
  EXPECT_EQ(ReadBack(MilestoneLine{EventKind::kGrokked, 725, 745}).known_at, 745);
  const EndedLine ended = ReadBack(EndedLine{
      .step = 9, .outcome = AttemptOutcome::kFailed, .reason = "out of \"memory\"\nat step 9"});
  EXPECT_EQ(ended.reason, "out of \"memory\"\nat step 9");
}

TEST(WorkerLinesTest, DecisionReadsBackWithItsInputs) {
  StopRule rule({});
  DecisionLine line{absl::Seconds(3), rule.Observe({10, 0.5, 1, 1, 0.995})};
  line.decision.wilson_lower = 0.975;
  const Decision decision = ReadBack(line).decision;
  EXPECT_EQ(DecisionToJson(decision), DecisionToJson(line.decision));
  EXPECT_EQ(decision.verdict, RuleVerdict::kWindowTooShort);
  EXPECT_EQ(decision.wilson_lower, 0.975);
}

TEST(WorkerLinesTest, CheckpointReadsBack) {
  CheckpointLine line;
  line.checkpoint.step = 725;
  line.checkpoint.kind = CheckpointKind::kFull;
  line.checkpoint.sha256 = "abc";
  line.checkpoint.bytes = 1'000'000'000'000;
  line.checkpoint.file = "stop.ckpt";
  const Checkpoint checkpoint = ReadBack(line).checkpoint;
  EXPECT_EQ(checkpoint.label, CheckpointLabel::kNone);
  EXPECT_EQ(checkpoint.bytes, 1'000'000'000'000);
  EXPECT_EQ(checkpoint.file, "stop.ckpt");
}

TEST(WorkerLinesTest, AnswersReadBack) {
  AnswersLine line;
  line.answers = {{"17 + 44", {17, 44}, true, 2, 2, true, 0.75, {{2, 0.75}, {3, 0.2}}}};
  line.has_more = true;
  const AnswersLine read = ReadBack(line);
  ASSERT_EQ(read.answers.size(), 1u);
  EXPECT_EQ(read.answers[0].asked, (std::vector<int32_t>{17, 44}));
  EXPECT_EQ(read.answers[0].top.at(1).probability, 0.2);
  EXPECT_TRUE(read.has_more);
  AnswersLine failure;
  failure.error = absl::DataLossError("it was edited");
  failure.busy = absl::Milliseconds(3);
  EXPECT_EQ(ReadBack(failure).error, failure.error);
  EXPECT_EQ(ReadBack(failure).busy, failure.busy);
}

TEST(WorkerLinesTest, GridReadsBackAndUnequalListsAreRefused) {
  AnswersLine line;
  line.grid.symbols = 59;
  line.grid.answers = {3, -1};
  line.grid.expected = {4, -1};
  line.grid.origins = {AnswerGrid::Origin::kHeldOut, AnswerGrid::Origin::kNone};
  line.grid.confidences = {255, 0};
  const AnswerGrid read = ReadBack(line).grid;
  EXPECT_EQ(read.answers, line.grid.answers);
  EXPECT_EQ(read.origins, line.grid.origins);
  EXPECT_EQ(read.confidences, line.grid.confidences);
  line.grid.expected.pop_back();
  EXPECT_FALSE(ParseLine(FormatLine(line)).ok());
}

TEST(WorkerLinesTest, FramesReadBack) {
  FramesLine line;
  line.frames.resize(2);
  line.frames[1].checkpoint.step = 80;
  line.frames[1].checkpoint.kind = CheckpointKind::kWeights;
  line.frames[1].checkpoint.file = "000000080-frame.ckpt";
  const FramesLine read = ReadBack(line);
  ASSERT_EQ(read.frames.size(), 2u);
  EXPECT_EQ(read.frames[1].checkpoint.step, 80);
  EXPECT_EQ(read.frames[1].checkpoint.file, "000000080-frame.ckpt");
}

TEST(WorkerLinesTest, UnknownKeysAreIgnored) {
  const auto read = ParseLine(R"({"line":"ended","later":[1],"step":3,"outcome":"paused"})");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(std::get<EndedLine>(*read).outcome, AttemptOutcome::kPaused);
}

TEST(WorkerLinesTest, ProblemsNameTheKeyAndQuoteTheLine) {
  EXPECT_EQ(
      ParseLine(R"({"line":"milestone","kind":"grokked","step":"x"})").status().message(),
      R"("step" is not a whole number in "{\"line\":\"milestone\",\"kind\":\"grokked\",\"step\":\"x\"}")");
  EXPECT_THAT(std::string(ParseLine(R"({"line":"ended"})").status().message()),
              HasSubstr(R"("step" is missing)"));
  EXPECT_THAT(std::string(ParseLine("Segmentation fault").status().message()),
              HasSubstr("not a JSON object"));
  EXPECT_LT(ParseLine(std::string(1000000, '[')).status().message().size(), 200u);
}

TEST(WorkerLinesTest, GarbageIsRefusedNotCrashedOn) {
  for (const char* line : {"", "{}", "[]", "null", "{\"line\":5}", "{\"line\":\"step\"",
                           "{\"line\":\"decision\",\"monotonic_ns\":1,\"decision\":5}",
                           "{\"line\":\"answers\",\"request\":1,\"step\":1,\"answers\":[5]}",
                           "\xff\xfe{\"line\":\"hello\"}"}) {
    EXPECT_EQ(ParseLine(line).status().code(), absl::StatusCode::kInvalidArgument) << line;
  }
}

TEST(WorkerLinesTest, EveryCutLineIsRefused) {
  const std::string text = FormatLine(SomeStep());
  for (size_t length = 0; length < text.size(); ++length) {
    ASSERT_FALSE(ParseLine(text.substr(0, length)).ok()) << length;
  }
}

// Whatever a worker prints, the daemon goes on with what a run can have.
TEST(WorkerLinesTest, NumbersAndNamesThatNoRunHasAreRefused) {
  for (const char* line :
       {R"({"line":"ended","step":-1,"outcome":"finished"})",
        R"({"line":"ended","step":9223372036854775807,"outcome":"finished"})",
        R"({"line":"ended","step":18446744073709551615,"outcome":"finished"})",
        R"({"line":"milestone","kind":"grokked","step":1,"known_at":-5})",
        R"({"line":"forecast","monotonic_ns":1,"kind":"planned","stop_step":1e300,)"
        R"("forecast":{"made_at_step":1}})",
        R"({"line":"checkpoint","step":1,"kind":"full","sha256":"a","bytes":1,"file":"../../x"})",
        R"({"line":"checkpoint","step":1,"kind":"full","sha256":"a","bytes":1,"file":"/etc/x"})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseLine(line).status())) << line;
  }
  const std::string deep = "{\"line\":" + std::string(100000, '[');
  EXPECT_TRUE(absl::IsInvalidArgument(ParseLine(deep).status()));
}

}  // namespace
}  // namespace powerdown
