#include "client/report/report_page.h"

#include <algorithm>

#include "client/model/bills.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/model/run_outcome.h"
#include "client/model/run_saving.h"
#include "client/report/drawings.h"
#include "client/report/html.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/projection.h"

namespace powerdown {
namespace {

std::string Paragraph(std::string_view text, std::string_view kind = "") {
  return Concat(kind.empty() ? "<p>" : Concat("<p class=\"", kind, "\">"), Escaped(text), "</p>\n");
}

std::string Section(std::string_view title, std::string_view content) {
  if (content.empty()) return "";
  return Concat("<h2>", Escaped(title), "</h2>\n", content);
}

// Rows of a name and a value.
class Facts {
 public:
  void Add(std::string_view name, std::string_view value, bool is_code = false) {
    if (value.empty()) return;
    rows_ += Concat("<tr><th>", Escaped(name), "</th><td>", is_code ? "<code>" : "", Escaped(value),
                    is_code ? "</code>" : "", "</td></tr>\n");
  }
  std::string Html() const { return rows_.empty() ? "" : Concat("<table>", rows_, "</table>\n"); }

 private:
  std::string rows_;
};

std::string Cell(std::string_view tag, std::string_view text, bool is_number) {
  return Concat("<", tag, is_number ? " class=\"n\">" : ">", Escaped(text), "</", tag, ">");
}

std::string BandText(const Joules& value, const std::optional<Joules>& low,
                     const std::optional<Joules>& high) {
  if (!low || !high) return EnergyText(value);
  return Concat(EnergyText(value), " (", EnergyText(*low), " to ", EnergyText(*high), ")");
}

// Where the stopped run ends: in a comparison the rule's stop.
std::optional<int64_t> StopStep(const PageRun& reported) {
  if (IsByRule(reported.run.stop)) return reported.run.stop->step;
  return std::nullopt;
}

std::optional<Saving> SavingOf(const PageRun& reported) {
  return reported.comparison ? reported.comparison->saved : SavedAgainstSchedule(reported.run);
}

std::string CardHtml(const PageRun& reported) {
  const Run& run = reported.run;
  const std::optional<Saving> saved = SavingOf(reported);
  std::string card;
  if (saved && saved->gross > Joules(0)) {
    card += Paragraph(Concat("Saved ", PercentText(saved->share),
                             " of the energy: ", BandText(saved->gross, saved->low, saved->high),
                             ", ", CarbonText(saved->co2), " CO2, ", MoneyText(saved->cost)));
    card += Paragraph(Concat(reported.comparison ? "This is what was used after the stop"
                                                 : "Extrapolated: what the steps left would have "
                                                   "used",
                             run.energy ? Concat("; ", EnergyLabel(*run.energy)) : "", "."));
    if (const auto size = FindTraining("bert-base"); size.ok()) {
      const Joules projected = size->energy * saved->share;
      card += Paragraph(Concat("Projected, not measured: the same share of ", size->name, " (",
                               EnergyText(size->energy), "; ", size->source, ") is ",
                               EnergyText(projected), ", ",
                               CarbonText(CarbonOf(projected, run.factors)), " CO2, ",
                               MoneyText(CostOf(projected, run.factors))));
    }
  } else {
    card += Paragraph(Concat(OutcomeWord(run), " at step ", CountText(run.steps), " of ",
                             CountText(run.max_steps)));
  }
  card += Paragraph(Concat("Forecast: ", ForecastOutcome(run)));
  return Concat("<div class=\"card\">", card, "</div>\n");
}

std::vector<DrawnMark> MarksOf(const RunTrace& trace, const PageRun& reported) {
  std::vector<DrawnMark> marks;
  const auto add = [&](const char* name, const std::optional<int64_t>& step) {
    if (step) marks.push_back({name, *step});
  };
  add("memorised", reported.run.memorised_step);
  const Forecast* forecast = JudgedForecast(reported.run);
  if (forecast != nullptr) add("predicted", NamedStep(*forecast));
  add("grokked", reported.run.grok_step);
  add("stopped", StopStep(reported));
  if (trace.naive_stop()) add("patience", trace.naive_stop()->step);
  return marks;
}

std::string CurvesHtml(const PageRun& reported) {
  const RunTrace& trace = reported.trace;
  if (trace.empty()) return "";
  DrawnChart accuracy{
      .title = "accuracy",
      .curves = {{&trace.series(Metric::kTrainAccuracy), "train", "training"},
                 {&trace.series(Metric::kValidationAccuracy), "validation", "held-out questions"}},
      .marks = MarksOf(trace, reported),
      .last_step = std::max<int64_t>(1, trace.last_step())};
  const std::optional<int64_t> stop = StopStep(reported);
  if (stop && *stop < accuracy.last_step) accuracy.waste_from = stop;
  DrawnChart energy{.title = "energy",
                    .curves = {{&trace.series(Metric::kEnergy), "energy", "energy used"}},
                    .last_step = accuracy.last_step,
                    .waste_from = accuracy.waste_from,
                    .value_text = [](double joules) { return EnergyText(Joules(joules)); }};
  DrawnChart loss{
      .title = "loss",
      .curves = {{&trace.series(Metric::kTrainLoss), "train", "training loss"},
                 {&trace.series(Metric::kValidationLoss), "validation", "held-out loss"}},
      .last_step = accuracy.last_step,
      .waste_from = accuracy.waste_from,
      .value_text = SignificantText};
  std::string html = ChartSvg(accuracy);
  if (accuracy.waste_from) {
    html += Paragraph("Shaded: after the stop, where nothing was left to learn.", "faint");
  }
  html += ChartSvg(loss);
  if (!trace.series(Metric::kEnergy).empty()) html += ChartSvg(energy);
  return html;
}

std::string BillsHtml(const PageRun& reported) {
  const Run& run = reported.run;
  Bills bills;
  if (reported.comparison) {
    bills = BillsOf(*reported.comparison, reported.trace, nullptr);
  } else if (run.energy) {
    const EnergyFigure& energy = *run.energy;
    const Bill used{energy.gross, energy.low, energy.high, CarbonOf(energy.gross, run.factors),
                    CostOf(energy.gross, run.factors)};
    bills.stopped = used;
    if (const std::optional<Saving> saved = SavedAgainstSchedule(run)) {
      bills.saved = Bill{saved->gross, saved->low, saved->high, saved->co2, saved->cost};
    }
  }
  std::string rows;
  const auto add = [&](std::string_view name, const std::optional<Bill>& bill) {
    if (!bill) return;
    rows += Concat("<tr>", Cell("td", name, false),
                   Cell("td", BandText(bill->energy, bill->low, bill->high), true),
                   Cell("td", CarbonText(bill->carbon), true),
                   Cell("td", MoneyText(bill->money), true), "</tr>\n");
  };
  add("usual", bills.usual);
  add(reported.comparison ? "stopped" : "used", bills.stopped);
  add("saved", bills.saved);
  if (rows.empty()) return "";
  std::string html = BillsSvg(bills);
  html += Concat("<table><tr><th></th><th class=\"n\">energy (band)</th><th class=\"n\">CO2</th>",
                 "<th class=\"n\">money</th></tr>\n", rows, "</table>\n");
  if (run.energy) html += Paragraph(Concat("Energy: ", EnergyLabel(*run.energy), "."), "faint");
  return html;
}

std::string ForecastHtml(const Run& run) {
  const Forecast* forecast = JudgedForecast(run);
  const std::string drawn =
      forecast != nullptr && NamedStep(*forecast)
          ? ForecastSvg(*forecast, run.grok_step, std::max(run.steps, run.max_steps))
          : "";
  std::string html = drawn + Paragraph(ForecastOutcome(run));
  if (forecast != nullptr) {
    html += Paragraph(
        Concat("The interval holds the grok step in 80% of runs. By ", forecast->model, "."),
        "faint");
  }
  return html;
}

std::string FilmHtml(const std::vector<AnswerGrid>& film) {
  std::string html;
  for (const AnswerGrid& grid : film) {
    const std::string label =
        grid.label == CheckpointLabel::kNone ? "" : Concat(grid.label.name(), ", ");
    html += Concat("<figure>", AnswersSvg(grid), "<figcaption>",
                   Escaped(Concat(label, "step ", CountText(grid.at_step), ": ",
                                  grid.score ? PercentText(*grid.score) : "–",
                                  " of the held-out questions right")),
                   "</figcaption></figure>\n");
  }
  if (html.empty()) return "";
  return Concat("<div class=\"film\">", html, "</div>\n",
                Paragraph("Every question x, y, one cell each: blue is right, orange wrong, pale "
                          "not sure.",
                          "faint"));
}

std::string SpecHtml(const RunSpec& spec) {
  Facts facts;
  for (const SpecField& field : SpecFields()) {
    if (!field.is_content) facts.Add(field.name, SpecFieldText(spec, field));
  }
  return facts.Html();
}

std::string HashesHtml(const Run& run) {
  Facts facts;
  facts.Add("run", run.run_id, /*is_code=*/true);
  facts.Add("comparison", run.comparison_id, /*is_code=*/true);
  facts.Add("spec", SpecHash(run.spec), /*is_code=*/true);
  facts.Add("forecast weights", run.predictor, /*is_code=*/true);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.label == CheckpointLabel::kNone) continue;
    facts.Add(Concat(checkpoint.label.name(), ", step ", CountText(checkpoint.step)),
              checkpoint.sha256, /*is_code=*/true);
  }
  return facts.Html();
}

std::string SourcesHtml(const Run& run) {
  std::string html =
      Paragraph(CarbonFactorText(run.factors)) + Paragraph(PriceFactorText(run.factors));
  if (run.factors.pue != 1) html += Paragraph(Concat("PUE ", run.factors.pue));
  if (!run.hardware.empty()) html += Paragraph(Concat("Trained on ", run.hardware, "."));
  return html;
}

std::string MadeAt(absl::Time made_at) {
  return Concat("Made by PowerDown ", POWERDOWN_VERSION, " on ", LocalTimeText(made_at), ".");
}

std::string TitleOf(const Run& run) {
  return run.name.empty() && HasSpec(run) ? SpecText(run.spec) : run.name;
}

}  // namespace

std::string RunPage(const PageRun& reported, absl::Time made_at) {
  const Run& run = reported.run;
  const std::string title = TitleOf(run);
  std::string body = Concat("<h1>", Escaped(title), "</h1>\n");
  body += Paragraph(Concat(reported.comparison ? "Usual against stopped, run " : "Run ",
                           ShownId(run), HasSpec(run) ? Concat(": ", SpecText(run.spec)) : "",
                           run.owner.empty() ? "" : Concat(", by ", run.owner), ", ",
                           LocalTimeText(run.created_at)),
                    "faint");
  body += CardHtml(reported);
  body += Section("How it learned", CurvesHtml(reported));
  body += Section("What it used", BillsHtml(reported));
  body += Section("Forecast against actual", ForecastHtml(run));
  body += Section("Its answers", FilmHtml(reported.film));
  body += Section("Where the numbers come from", SourcesHtml(run));
  if (HasSpec(run)) body += Section("Spec", SpecHtml(run.spec));
  body += Section("Hashes", HashesHtml(run));
  return HtmlPage(title, body + Paragraph(MadeAt(made_at), "faint"));
}

std::string ListPage(const std::vector<Run>& runs, const std::vector<RunTrace>& curves,
                     const std::string& filter, absl::Time made_at) {
  const std::string title = filter.empty() ? "All runs" : Concat("Runs where ", filter);
  std::string body = Concat("<h1>", Escaped(title), "</h1>\n");
  Joules used(0);
  Joules saved(0);
  std::string rows;
  for (const Run& run : runs) {
    const std::optional<Saving> saving = SavedAgainstSchedule(run);
    if (run.energy) used = used + run.energy->gross;
    if (saving) saved = saved + saving->gross;
    rows += Concat("<tr>", Cell("td", ShownId(run), false), Cell("td", TitleOf(run), false),
                   Cell("td", OutcomeWord(run), false), Cell("td", CountText(run.steps), true),
                   Cell("td", run.grok_step ? CountText(*run.grok_step) : "–", true),
                   Cell("td", run.energy ? EnergyText(run.energy->gross) : "–", true),
                   Cell("td", saving ? PercentText(saving->share) : "–", true), "</tr>\n");
  }
  body +=
      Concat("<div class=\"card\">",
             Paragraph(Concat(CountText(static_cast<int64_t>(runs.size())),
                              runs.size() == 1 ? " run used " : " runs used ", EnergyText(used))),
             Paragraph(Concat("Those that were stopped early saved ", EnergyText(saved),
                              ", extrapolated to their schedules.")),
             "</div>\n");
  std::string charts;
  for (size_t i = 0; i < curves.size() && i < runs.size(); ++i) {
    if (curves[i].empty()) continue;
    charts += Paragraph(Concat(ShownId(runs[i]), "  ", TitleOf(runs[i])));
    PageRun one{.run = runs[i], .trace = curves[i]};
    charts += ChartSvg({.title = "accuracy",
                        .curves = {{&one.trace.series(Metric::kTrainAccuracy), "train", "training"},
                                   {&one.trace.series(Metric::kValidationAccuracy), "validation",
                                    "held-out questions"}},
                        .marks = MarksOf(one.trace, one),
                        .last_step = std::max<int64_t>(1, one.trace.last_step())});
  }
  body += Section("Runs", Concat("<table><tr><th>run</th><th>training</th><th>outcome</th>",
                                 "<th class=\"n\">steps</th><th class=\"n\">grokked</th>",
                                 "<th class=\"n\">energy</th><th class=\"n\">saved</th></tr>\n",
                                 rows, "</table>\n"));
  body += Section("How they learned", charts);
  if (!runs.empty()) body += Section("Where the numbers come from", SourcesHtml(runs.front()));
  return HtmlPage(title, body + Paragraph(MadeAt(made_at), "faint"));
}

}  // namespace powerdown
