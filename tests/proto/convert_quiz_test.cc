#include "tests/proto/full_values.h"

namespace powerdown {
namespace {

QuizResult FullResult() {
  QuizResult result;
  result.run_id = "01run";
  result.at_step = 700;
  result.checkpoint = "01checkpoint";
  result.label = "grokked";
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
