#include "client/cli/text/end_card.h"

#include <algorithm>
#include <vector>

#include "client/cli/text/wrap.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/model/run_saving.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// The training that a saved share is projected to: known to many, and neither tiny nor one that
// only a few companies could pay for.
constexpr char kProjectedTraining[] = "bert-base";

// What both kinds of cards tell of a saving.
struct Told {
  const Run& run;  // the usual run, or the only one
  const std::optional<Saving>& saved;
  Joules whole;  // what the run would have used, or did, without the stop
  const std::string& learned;
};

std::string AmountsText(const Saving& saved, const Run& run) {
  std::string text =
      Concat(EnergyText(saved.gross), " (", EnergyText(saved.low), " to ", EnergyText(saved.high),
             "), ", CarbonText(saved.co2), " CO2, ", MoneyText(saved.cost));
  if (run.energy) text += Concat("; ", EnergyLabel(*run.energy));
  return text;
}

std::string HeldOutText(const std::optional<double>& accuracy) {
  return accuracy ? PercentText(*accuracy, 2) : "–";
}

// The lines below the first one.
std::vector<std::string> CardFacts(const Told& told, const Style& style) {
  std::vector<std::string> lines;
  if (told.saved) lines.push_back(AmountsText(*told.saved, told.run));
  if (!told.learned.empty()) lines.push_back(told.learned);
  lines.push_back(ForecastOutcome(told.run));
  const bool has_saved = told.saved && told.saved->gross > Joules(0);
  const auto size = FindTraining(kProjectedTraining);
  if (has_saved && size.ok()) {
    lines.push_back(
        style.Paint(Ink::kStrong, ProjectedText(*told.saved, told.whole, *size, told.run.factors)));
  }
  return lines;
}

// A line of the card. On a terminal that is narrower than a card it goes on below.
std::string CardLine(const std::string& text, int indent, const Style& style) {
  if (WidthWithin(style, kCardWidth) == kCardWidth) {
    return Concat(std::string(indent, ' '), FitWidth(text, kCardWidth - indent), "\n");
  }
  return WrapText(text, style.width(), indent);
}

std::string CardOf(const std::string& first, const std::vector<std::string>& facts,
                   const std::string& next, const Style& style) {
  std::string card = CardLine(first, 0, style);
  for (const std::string& fact : facts) card += CardLine(fact, 2, style);
  return card + CardLine(next, 2, style);
}

std::string NextText(const Style& style, const std::string& commands) {
  return Concat(style.Paint(Ink::kFaint, "next  "), commands);
}

std::string WhyStopped(const Run& run) {
  if (!IsByRule(run.stop)) return "stopped by its user";
  switch (run.stop->reason.value()) {
    case StopReason::kGrokked:
      return "it had grokked";
    case StopReason::kAbandoned:
      return "it was not going to grok";
    case StopReason::kPlanned:
      return "its forecast had passed";
    default:
      return Printable(run.stop->reason.name());
  }
}

}  // namespace

std::optional<LearnedAnswer> FindLearned(const QuizResult& before, const QuizResult& after) {
  for (size_t i = 0; i < before.questions.size() && i < after.questions.size(); ++i) {
    const QuizAnswer& first = before.questions[i];
    const QuizAnswer& second = after.questions[i];
    if (first.question != second.question || !first.held_out) continue;
    if (first.correct || !second.correct) continue;
    return LearnedAnswer{first, before.at_step, second, after.at_step};
  }
  return std::nullopt;
}

std::string LearnedText(const LearnedAnswer& learned, const Style& style) {
  return Concat(Printable(learned.after.question), " is ", learned.after.expected, ": at step ",
                CountText(learned.before_step), " it said ",
                style.Paint(Ink::kBad, Concat(learned.before.answer, " ✗")), ", at step ",
                CountText(learned.after_step), " ",
                style.Paint(Ink::kGood, Concat(learned.after.answer, " ✓")), " (never trained on)");
}

std::string ProjectedText(const Saving& saved, Joules whole, const TrainingSize& size,
                          const FootprintFactors& factors) {
  const auto share = ShareOf(saved.gross, saved.low, saved.high, whole);
  if (!share.ok()) return "";
  const Joules projected = size.energy * saved.share;
  return Concat("projected, not measured: ", PercentText(saved.share), " of ", size.name, " is ",
                EnergyText(projected), ", ", CarbonText(CarbonOf(projected, factors)), " CO2, ",
                MoneyText(CostOf(projected, factors)));
}

std::string EndCard(const Comparison& comparison, const std::string& learned, const Style& style) {
  const Run& usual = comparison.usual;
  const std::string id = ShownId(usual);
  const std::string details = Concat("powerdown compare ", id, " --details");
  const bool is_stopped = IsByRule(comparison.stopped.stop);
  const Told told{usual, comparison.saved, usual.energy ? usual.energy->gross : Joules(0), learned};
  std::vector<std::string> facts = CardFacts(told, style);
  if (!is_stopped || !comparison.saved) {
    const std::string first = is_stopped
                                  ? "What stopping saves is not known: no energy was measured"
                                  : Concat("Nothing saved: the rule did not stop this run within ",
                                           CountText(usual.steps), " steps");
    return CardOf(style.Paint(Ink::kWaste, first), facts,
                  NextText(style, Concat("train longer: powerdown compare --max-steps ",
                                         2 * std::max<int64_t>(1, usual.steps), " · ", details)),
                  style);
  }
  const int64_t stop = comparison.stopped.steps;
  const std::string first =
      Concat("Saved ", PercentText(comparison.saved->share), " of the energy: stopping at step ",
             CountText(stop), " of ", CountText(usual.steps), ", where it had grokked");
  facts.insert(facts.begin() + 1,
               Concat("accuracy on held-out questions: ",
                      HeldOutText(comparison.stopped.validation_accuracy), " at the stop, ",
                      HeldOutText(usual.validation_accuracy), " at the usual end"));
  return CardOf(style.Paint(Ink::kGood, first), facts,
                NextText(style, Concat(details, " · powerdown quiz ", id)), style);
}

std::string EndCard(const Run& run, const std::string& learned, const Style& style) {
  const std::string id = ShownId(run);
  const std::optional<Saving> saved = SavedAgainstSchedule(run);
  const Joules used = run.energy ? run.energy->gross : Joules(0);
  const Told told{run, saved, saved ? used + saved->gross : used, learned};
  std::vector<std::string> facts = CardFacts(told, style);
  if (!saved) {
    const std::string first = Concat(
        "run ", id, " ", NameOf(run.state), " at step ", ProgressText(run), ": held-out accuracy ",
        HeldOutText(run.validation_accuracy), ", ", EnergyOrUnknown(run.energy));
    const std::string next = run.command ? " · powerdown run logs " : " · powerdown quiz ";
    return CardOf(style.Paint(Ink::kStrong, first), facts,
                  NextText(style, Concat("powerdown run show ", id, next, id)), style);
  }
  const std::string first =
      Concat("Saved ", PercentText(saved->share), " of the energy: stopped at step ",
             CountText(run.steps), " of ", CountText(run.max_steps), ", ", WhyStopped(run));
  facts.insert(facts.begin() + 1,
               Concat("extrapolated: what the steps left would have used; held-out accuracy ",
                      HeldOutText(run.validation_accuracy)));
  return CardOf(style.Paint(Ink::kGood, first), facts,
                NextText(style, Concat("powerdown run show ", id, " · powerdown quiz ", id,
                                       " · powerdown run continue ", id)),
                style);
}

}  // namespace powerdown
