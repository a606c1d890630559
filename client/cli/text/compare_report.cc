#include "client/cli/text/compare_report.h"

#include <algorithm>

#include "client/cli/text/table.h"
#include "client/cli/text/wrap.h"
#include "client/model/phrases.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr int kIndent = 2;
constexpr int kLineWidth = 78;
constexpr double kMetresPerKilometre = 1000;

std::string Sentence(std::string_view text, const Style& style, int indent = kIndent) {
  return WrapText(text, WidthWithin(style, kLineWidth), indent);
}

// Cells of one line of the bill: usual, stopped, saved.
class Bill {
 public:
  explicit Bill(const Style& style) : style_(style) {
    table_.AddColumn("");
    for (const char* title : {"usual", "stopped", "saved"}) table_.AddColumn(title, Align::kRight);
    table_.AddColumn("");
  }
  void Add(std::string_view name, std::string usual, std::string stopped, std::string saved,
           std::string_view share = "") {
    table_.AddRow({std::string(name), std::move(usual), std::move(stopped),
                   style_.Paint(Ink::kGood, saved), style_.Paint(Ink::kGood, share)});
  }
  void AddPlain(std::string_view name, std::string usual, std::string stopped, std::string change) {
    table_.AddRow({std::string(name), std::move(usual), std::move(stopped), std::move(change)});
  }
  void AddFaint(std::string_view name, const std::string& usual, const std::string& stopped,
                const std::string& saved) {
    table_.AddRow({style_.Paint(Ink::kFaint, name), style_.Paint(Ink::kFaint, usual),
                   style_.Paint(Ink::kFaint, stopped), style_.Paint(Ink::kFaint, saved)});
  }
  std::string Text() const { return table_.Text(style_, kIndent); }

 private:
  const Style& style_;
  TextTable table_;
};

std::string Share(double share) {
  return PercentText(share, 1);
}

void AddEnergy(const Comparison& comparison, Bill& bill) {
  const Run& usual = comparison.usual;
  const Run& stopped = comparison.stopped;
  const std::optional<Saving>& saved = comparison.saved;
  bill.Add("energy", EnergyOrUnknown(usual.energy), EnergyOrUnknown(stopped.energy),
           saved ? EnergyText(saved->gross) : "–", saved ? Share(saved->share) : "");
  if (!usual.energy || !stopped.energy) return;
  bill.AddFaint("  from", EnergyText(usual.energy->low), EnergyText(stopped.energy->low),
                saved ? EnergyText(saved->low) : "");
  bill.AddFaint("  to", EnergyText(usual.energy->high), EnergyText(stopped.energy->high),
                saved ? EnergyText(saved->high) : "");
  if (!usual.energy->net || !stopped.energy->net) return;
  bill.AddFaint("  above idle", EnergyText(*usual.energy->net), EnergyText(*stopped.energy->net),
                saved && saved->net ? EnergyText(*saved->net) : "");
}

// The answer to the question that the command asks, in one line.
std::string Headline(const Comparison& comparison, const Style& style) {
  if (!comparison.saved) return "";
  const Saving& saved = *comparison.saved;
  std::string line = Concat("Stopping in time saved ", Share(saved.share),
                            " of the energy: ", EnergyText(saved.gross), " (",
                            EnergyText(saved.low), " to ", EnergyText(saved.high), ").");
  return Concat(Sentence(style.Paint(Ink::kGood, line), style, 0), "\n");
}

std::string BillText(const Comparison& comparison, const Style& style) {
  const Run& usual = comparison.usual;
  const Run& stopped = comparison.stopped;
  const std::optional<Saving>& saved = comparison.saved;
  Bill bill(style);
  const int64_t fewer = usual.steps - stopped.steps;
  bill.Add("steps", CountText(usual.steps), CountText(stopped.steps), CountText(fewer));
  const auto accuracy = [](const Run& run) {
    return run.validation_accuracy ? PercentText(*run.validation_accuracy, 2) : "–";
  };
  bill.AddPlain("validation", accuracy(usual), accuracy(stopped),
                comparison.accuracy_change ? PointsText(*comparison.accuracy_change) : "–");
  AddEnergy(comparison, bill);
  if (usual.co2 && stopped.co2) {
    bill.Add("CO2", CarbonText(*usual.co2), CarbonText(*stopped.co2),
             saved ? CarbonText(saved->co2) : "–");
  }
  if (usual.cost && stopped.cost) {
    bill.Add("money", MoneyText(*usual.cost), MoneyText(*stopped.cost),
             saved ? MoneyText(saved->cost) : "–");
  }
  const auto usual_rent = RentOf(usual);
  const auto stopped_rent = RentOf(stopped);
  if (usual_rent && stopped_rent) {
    bill.Add("rent", MoneyText(*usual_rent), MoneyText(*stopped_rent),
             MoneyText({usual_rent->amount - stopped_rent->amount, usual_rent->currency}));
  }
  return bill.Text();
}

std::string PrefixText(const Comparison& comparison) {
  if (comparison.mode == ComparisonMode::kShared) {
    return "Trained once: the stopped run is the first part of the usual run, bit for bit.";
  }
  return comparison.identical_prefix
             ? "Trained both: at the stop, both had the same weights, bit for bit."
             : "Trained both: at the stop, their weights DIFFER, so this is not a "
               "fair comparison.";
}

std::string EnergyNote(const Comparison& comparison) {
  const std::optional<EnergyFigure>& energy = comparison.usual.energy;
  if (!energy) return "Energy is not known: no meter has reported yet.";
  std::string note = Concat("Energy: ", EnergyLabel(*energy), ".");
  if (!energy->net)
    note += " The part above the idle machine is not known: there is no baseline yet.";
  return note;
}

std::string Course(const Comparison& comparison, const Style& style) {
  const Run& usual = comparison.usual;
  TextTable table;
  table.AddColumn("");
  table.AddColumn("", Align::kRight);
  table.AddColumn("");
  const auto add = [&](std::string_view name, const std::optional<int64_t>& step,
                       std::string_view what) {
    if (step) table.AddRow({std::string(name), StepText(step), style.Paint(Ink::kFaint, what)});
  };
  add("memorised", usual.memorised_step, "knows the training questions by heart, but no others");
  add("grokked", usual.grok_step, "answers questions that it was never trained on");
  const std::optional<StopOutcome>& stop =
      IsByRule(usual.stop) ? usual.stop : comparison.stopped.stop;
  const bool is_stopped = IsByRule(stop);
  if (is_stopped) {
    add("stopped", stop->step, "by the rule: validation accuracy is high and settled");
  }
  add("usual end", usual.steps, "where the usual schedule ends");
  std::string text = Heading("What happened", style) + table.Text(style, kIndent);
  if (!is_stopped) {
    text += Sentence(
        "The rule did not stop this run: validation accuracy did not become high and settle. "
        "Try a higher step limit (--max-steps).",
        style);
  }
  if (const auto& naive = comparison.naive_stop) {
    text += Sentence(Concat("Ordinary early stopping (", naive->rule,
                            ": ten evaluations without a better one) would have stopped at step ",
                            CountText(naive->step), ", with ", PercentText(naive->accuracy),
                            " right. Validation accuracy stays low for long before it rises, so "
                            "that rule stops before "
                            "the network has learned the task."),
                     style);
  }
  return text;
}

std::string Schedules(const Comparison& comparison, const Style& style) {
  TextTable table;
  table.AddColumn("schedule");
  table.AddColumn("steps", Align::kRight);
  table.AddColumn("saved", Align::kRight);
  table.AddColumn("");
  const std::optional<Saving>& saved = comparison.saved;
  table.AddRow({style.Paint(Ink::kStrong, comparison.schedule_policy),
                CountText(comparison.usual.steps), saved ? Share(saved->share) : "–",
                style.Paint(Ink::kFaint, "this comparison")});
  for (const Recut& recut : comparison.recuts) {
    if (recut.policy == comparison.schedule_policy) continue;
    table.AddRow({recut.policy, CountText(recut.max_steps), recut.share ? Share(*recut.share) : "–",
                  style.Paint(Ink::kFaint, recut.is_extrapolated ? "same energy per step assumed"
                                                                 : "same run")});
  }
  return Heading("Schedules: how long people would have trained", style) +
         table.Text(style, kIndent) +
         Sentence(Concat(comparison.schedule_policy, ": ", comparison.schedule_source, "."), style);
}

std::string FleetTable(const std::vector<FleetRow>& rows, const Style& style) {
  if (rows.empty()) return "";
  TextTable table({{"runs a year", Align::kRight},
                   {"energy", Align::kRight},
                   {"CO2", Align::kRight},
                   {"money", Align::kRight},
                   {"phone charges", Align::kRight, 2},
                   {"by car", Align::kRight, 1}});
  for (const FleetRow& row : rows) {
    table.AddRow({CountText(row.runs_per_year), QuantityText(row.kwh * 1000, "Wh"),
                  CarbonText(GramsCo2(row.co2_kg * 1000)), MoneyText(row.cost),
                  SignificantText(row.phone_charges),
                  QuantityText(row.car_km * kMetresPerKilometre, "m")});
  }
  return Heading("What stopping such runs saves in a year", style) + table.Text(style, kIndent);
}

std::string Factors(const FootprintFactors& factors, const Style& style) {
  std::string text = Heading("Factors used", style);
  text += Sentence(CarbonFactorText(factors), style);
  text += Sentence(
      Concat(PriceFactorText(factors), factors.pue == 1.0 ? "" : Concat(", PUE ", factors.pue)),
      style);
  for (const Equivalence& equivalence : Equivalences()) {
    text += Sentence(Concat(SignificantText(equivalence.grams_co2), " g CO2 ",
                            equivalence.name == "car_km" ? "a km by car" : "a phone charge", " (",
                            equivalence.year, ": ", equivalence.source, ")"),
                     style);
  }
  return text;
}

}  // namespace

std::string FleetReport(const std::vector<FleetRow>& rows, const FootprintFactors& factors,
                        const Style& style) {
  return FleetTable(rows, style) + Factors(factors, style);
}

std::string CompareReport(const Comparison& comparison, const Style& style) {
  std::string text = Concat(Sentence(Concat(style.Paint(Ink::kStrong, "Usual against stopped"),
                                            ": ", SpecText(comparison.spec)),
                                     style, 0),
                            "\n");
  text += Headline(comparison, style) + BillText(comparison, style) + "\n";
  text += Sentence(PrefixText(comparison), style) + Sentence(EnergyNote(comparison), style);
  text += Course(comparison, style) + Schedules(comparison, style) +
          FleetReport(comparison.fleet, comparison.usual.factors, style);
  return text + Concat("\n",
                       style.Paint(Ink::kFaint, Concat("run ", ShownId(comparison.usual),
                                                       " · comparison ", comparison.comparison_id)),
                       "\n");
}

std::string ComparisonTable(const std::vector<Comparison>& comparisons, absl::Time now,
                            const Style& style) {
  TextTable table({"run",
                   {"age", Align::kRight, 1},
                   "outcome",
                   {"stopped", Align::kRight, 2},
                   {"usual", Align::kRight, 3},
                   {"saved", Align::kRight},
                   "training"});
  for (const Comparison& comparison : comparisons) {
    const bool is_stopped = IsByRule(comparison.stopped.stop);
    const std::string_view outcome = !comparison.has_ended ? NameOf(comparison.usual.state)
                                     : is_stopped          ? "stopped early"
                                                           : "not stopped";
    table.AddRow(
        {ShownId(comparison.usual), AgeText(now - comparison.created_at),
         style.Paint(is_stopped ? Ink::kGood : Ink::kPlain, outcome),
         is_stopped ? CountText(comparison.stopped.steps) : "–", CountText(comparison.usual.steps),
         comparison.saved ? PercentText(comparison.saved->share) : "–", SpecText(comparison.spec)});
  }
  return table.Text(style);
}

}  // namespace powerdown
