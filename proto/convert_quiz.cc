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

v1::AnswerGrid ToWire(const AnswerGrid& grid) {
  v1::AnswerGrid wire;
  wire.set_run_id(grid.run_id);
  wire.set_at_step(grid.at_step);
  wire.set_checkpoint(grid.checkpoint);
  wire.set_label(grid.label);
  wire.set_symbols(grid.symbols);
  wire.mutable_answers()->Add(grid.answers.begin(), grid.answers.end());
  wire.mutable_expected()->Add(grid.expected.begin(), grid.expected.end());
  for (const AnswerGrid::Origin origin : grid.origins) {
    wire.mutable_origins()->push_back(static_cast<char>(origin));
  }
  wire.mutable_confidences()->assign(grid.confidences.begin(), grid.confidences.end());
  if (grid.score) wire.set_score(*grid.score);
  if (grid.trained_score) wire.set_trained_score(*grid.trained_score);
  if (grid.energy) wire.set_joules(grid.energy->value());
  return wire;
}

absl::StatusOr<AnswerGrid> FromWire(const v1::AnswerGrid& wire) {
  AnswerGrid grid;
  grid.run_id = wire.run_id();
  grid.at_step = wire.at_step();
  grid.checkpoint = wire.checkpoint();
  grid.label = wire.label();
  grid.symbols = wire.symbols();
  grid.answers.assign(wire.answers().begin(), wire.answers().end());
  grid.expected.assign(wire.expected().begin(), wire.expected().end());
  for (const char origin : wire.origins()) {
    grid.origins.push_back(origin == 1   ? AnswerGrid::Origin::kTrained
                           : origin == 2 ? AnswerGrid::Origin::kHeldOut
                                         : AnswerGrid::Origin::kNone);
  }
  for (const char confidence : wire.confidences()) {
    grid.confidences.push_back(static_cast<uint8_t>(confidence));
  }
  if (wire.has_score()) grid.score = wire.score();
  if (wire.has_trained_score()) grid.trained_score = wire.trained_score();
  if (wire.has_joules()) grid.energy = Joules(wire.joules());
  const size_t cells = grid.answers.size();
  if (grid.symbols < 0 || grid.symbols > 46340 ||
      cells != static_cast<size_t>(grid.symbols * grid.symbols) || grid.expected.size() != cells ||
      grid.origins.size() != cells || grid.confidences.size() != cells) {
    return absl::DataLossError("the daemon sent a grid whose lists do not fit each other");
  }
  return grid;
}

}  // namespace powerdown
