#include "client/cli/text/quiz_text.h"

#include <algorithm>

#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

std::string TitleOf(const QuizResult& result) {
  const std::string step = Concat("step ", CountText(result.at_step));
  if (result.label == CheckpointLabel::kNone)
    return Concat(result.checkpoint.empty() ? "live at " : "at ", step);
  return Concat("at ", result.label.name(), " (", step, ")");
}

// Where the whole title has no room.
std::string ShortTitleOf(const QuizResult& result) {
  if (result.label != CheckpointLabel::kNone) return std::string(result.label.name());
  return result.checkpoint.empty() ? "live" : Concat("step ", CountText(result.at_step));
}

std::string AnswerText(const QuizAnswer& answer, const Style& style) {
  const std::string text =
      Concat(PadLeft(Concat(answer.answer), 4), "  ", PadLeft(PercentText(answer.probability), 6),
             "  ", answer.correct ? "✓" : "✗");
  return style.Paint(answer.correct ? Ink::kGood : Ink::kBad, text);
}

std::string ScoreText(const QuizResult& result) {
  return result.score ? Concat(PercentText(*result.score), " right") : "–";
}

std::string KnownEnergyText(const std::optional<Joules>& energy) {
  return energy ? Concat(SignificantText(energy->value()), " J") : "–";
}

bool HaveSameRun(const std::vector<QuizResult>& results) {
  return std::all_of(results.begin(), results.end(),
                     [&](const QuizResult& result) { return result.run_id == results[0].run_id; });
}

bool AreAllHeldOut(const std::vector<QuizAnswer>& answers) {
  return std::all_of(answers.begin(), answers.end(),
                     [](const QuizAnswer& answer) { return answer.held_out; });
}

std::string QuestionText(const QuizAnswer& answer, bool has_origin) {
  const std::string origin = answer.held_out ? "held out" : "trained on";
  return Concat(Printable(answer.question), has_origin ? Concat("  (", origin, ")") : "");
}

// Of many models those in the middle leave a narrow terminal first.
TextTable QuizCells(const std::vector<QuizResult>& results, bool has_short_titles,
                    const Style& style) {
  TextTable table({{"question", Align::kRight}, {"expected", Align::kRight}});
  const bool is_one_run = HaveSameRun(results);
  for (size_t i = 0; i < results.size(); ++i) {
    const QuizResult& result = results[i];
    const std::string place = has_short_titles ? ShortTitleOf(result) : TitleOf(result);
    const bool is_between = i > 0 && i + 1 < results.size();
    table.Add({is_one_run ? place : Concat(result.run_id, " ", place), Align::kRight,
               is_between ? static_cast<int>(i) : 0});
  }
  const std::vector<QuizAnswer>& questions = results[0].questions;
  const bool has_origins = !AreAllHeldOut(questions);
  for (size_t i = 0; i < questions.size(); ++i) {
    std::vector<std::string> cells = {QuestionText(questions[i], has_origins),
                                      Concat(questions[i].expected)};
    for (const QuizResult& result : results) {
      cells.push_back(i < result.questions.size() ? AnswerText(result.questions[i], style) : "–");
    }
    table.AddRow(std::move(cells));
  }
  std::vector<std::string> scores = {style.Paint(Ink::kStrong, "held out"), ""};
  for (const QuizResult& result : results) {
    scores.push_back(style.Paint(Ink::kStrong, ScoreText(result)));
  }
  table.AddRow(std::move(scores));
  std::vector<std::string> energies = {"energy", ""};
  for (const QuizResult& result : results) energies.push_back(KnownEnergyText(result.energy));
  const bool has_energy = std::any_of(results.begin(), results.end(), [](const QuizResult& result) {
    return result.energy.has_value();
  });
  if (has_energy) table.AddRow(std::move(energies));
  return table;
}

}  // namespace

std::string QuizTable(const std::vector<QuizResult>& results, const Style& style) {
  if (results.empty()) return "";
  const std::string whole = QuizCells(results, false, style).Text(Style(style.has_color()));
  const int width = DisplayWidth(whole.substr(0, whole.find('\n')));
  if (style.width() == 0 || width <= style.width()) return whole;
  return QuizCells(results, true, style).Text(style);
}

std::string ScoreTable(const std::vector<QuizResult>& results, const Style& style) {
  TextTable table;
  table.AddColumn("model");
  table.AddColumn("held out", Align::kRight);
  table.AddColumn("energy", Align::kRight);
  for (const QuizResult& result : results) {
    table.AddRow({TitleOf(result), ScoreText(result), KnownEnergyText(result.energy)});
  }
  return table.Text(style);
}

}  // namespace powerdown
