#include "proto/convert.h"

namespace powerdown {
namespace {

void SetAnswer(const QuizAnswer& answer, v1::AskResponse::Answer& wire) {
  wire.set_question(answer.question);
  wire.mutable_asked()->Add(answer.asked.begin(), answer.asked.end());
  wire.set_held_out(answer.held_out);
  wire.set_answer(answer.answer);
  wire.set_expected(answer.expected);
  wire.set_correct(answer.correct);
  wire.set_probability(answer.probability);
  for (const QuizAnswer::Candidate& candidate : answer.top) {
    v1::AskResponse::Candidate* top = wire.add_top();
    top->set_answer(candidate.answer);
    top->set_probability(candidate.probability);
  }
}

QuizAnswer AnswerFromWire(const v1::AskResponse::Answer& wire) {
  QuizAnswer answer;
  answer.question = wire.question();
  answer.asked.assign(wire.asked().begin(), wire.asked().end());
  answer.held_out = wire.held_out();
  answer.answer = wire.answer();
  answer.expected = wire.expected();
  answer.correct = wire.correct();
  answer.probability = wire.probability();
  for (const v1::AskResponse::Candidate& top : wire.top()) {
    answer.top.push_back({.answer = top.answer(), .probability = top.probability()});
  }
  return answer;
}

}  // namespace

v1::AskResponse ToWire(const QuizResult& result) {
  v1::AskResponse wire;
  wire.set_run_id(result.run_id);
  wire.set_at_step(result.at_step);
  wire.set_checkpoint(result.checkpoint);
  wire.set_label(result.label);
  for (const QuizAnswer& answer : result.questions) SetAnswer(answer, *wire.add_questions());
  if (result.score) wire.set_score(*result.score);
  if (result.energy) wire.set_joules(result.energy->value());
  return wire;
}

QuizResult FromWire(const v1::AskResponse& wire) {
  QuizResult result;
  result.run_id = wire.run_id();
  result.at_step = wire.at_step();
  result.checkpoint = wire.checkpoint();
  result.label = wire.label();
  for (const auto& answer : wire.questions()) result.questions.push_back(AnswerFromWire(answer));
  if (wire.has_score()) result.score = wire.score();
  if (wire.has_joules()) result.energy = Joules(wire.joules());
  return result;
}

}  // namespace powerdown
