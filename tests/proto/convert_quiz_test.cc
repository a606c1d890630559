#include "tests/proto/full_values.h"

namespace powerdown {
namespace {

QuizResult FullResult() {
  QuizResult result;
  result.run_id = "01run";
  result.at_step = 700;
  result.checkpoint = "01checkpoint";
  result.label = CheckpointLabel::kGrokked;
  result.questions = {{.question = "17 + 44",
                       .asked = {17, 44},
                       .held_out = true,
                       .answer = 2,
                       .expected = 2,
                       .correct = true,
                       .probability = 0.99,
                       .top = {{.answer = 2, .probability = 0.99}}}};
  result.score = 1;
  result.energy = Joules(0.2);
  return result;
}

TEST(ConvertQuizTest, EveryFieldArrives) {
  const v1::AskResponse wire = ToWire(FullResult());
  ExpectEveryFieldIsSet(wire);
  const QuizResult received = FromWire(Sent(wire));
  EXPECT_TRUE(Equal(ToWire(received), wire));
  ASSERT_EQ(received.questions.size(), 1u);
  EXPECT_EQ(received.questions[0].asked, FullResult().questions[0].asked);
}

AnswerGrid FullGrid() {
  AnswerGrid grid;
  grid.run_id = "01run";
  grid.at_step = 700;
  grid.checkpoint = "01checkpoint";
  grid.label = CheckpointLabel::kGrokked;
  grid.symbols = 2;
  grid.answers = {0, 1, 1, -1};
  grid.expected = {0, 1, 0, -1};
  grid.origins = {AnswerGrid::Origin::kTrained, AnswerGrid::Origin::kHeldOut,
                  AnswerGrid::Origin::kHeldOut, AnswerGrid::Origin::kNone};
  grid.confidences = {255, 128, 7, 0};
  grid.score = 0.5;
  grid.trained_score = 1;
  grid.energy = Joules(0.2);
  return grid;
}

TEST(ConvertQuizTest, EveryFieldOfAGridArrives) {
  const v1::AnswerGrid wire = ToWire(FullGrid());
  ExpectEveryFieldIsSet(wire);
  const absl::StatusOr<AnswerGrid> received = FromWire(Sent(wire));
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_TRUE(Equal(ToWire(*received), wire));
  EXPECT_EQ(received->origins, FullGrid().origins);
  EXPECT_EQ(received->confidences, FullGrid().confidences);
}

TEST(ConvertQuizTest, GridThatDoesNotFitIsRefused) {
  v1::AnswerGrid wire = ToWire(FullGrid());
  wire.mutable_origins()->pop_back();
  EXPECT_TRUE(absl::IsDataLoss(FromWire(wire).status()));
  wire = ToWire(FullGrid());
  wire.set_symbols(INT64_MAX);
  EXPECT_TRUE(absl::IsDataLoss(FromWire(wire).status()));
}

TEST(ConvertQuizTest, ScoreAndEnergyStayUnknown) {
  QuizResult result = FullResult();
  result.score.reset();
  result.energy.reset();
  const QuizResult received = FromWire(Sent(ToWire(result)));
  EXPECT_FALSE(received.score.has_value());
  EXPECT_FALSE(received.energy.has_value());
}

}  // namespace
}  // namespace powerdown
