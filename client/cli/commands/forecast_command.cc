// When a run will grok, and what it will cost.
#include <cmath>
#include <functional>

#include "client/cli/commands.h"
#include "client/cli/following.h"
#include "client/cli/shipped.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/step_cost.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"
#include "common/run/run_log.h"
#include "common/study/replay.h"

namespace powerdown {
namespace {

constexpr int64_t kProbeSteps = 20;

absl::Status Ignore(size_t, const RunUpdate&) {
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StepReport>> ReportsOf(Connection& connection, const Run& run) {
  std::vector<StepReport> reports;
  RETURN_IF_ERROR(ForEachReport(connection, run, [&](const StepReport& report) {
    reports.push_back(report);
    return absl::OkStatus();
  }));
  return StandingReports(std::move(reports));
}

// Trains the spec's first steps on the daemon's box, and forgets them.
absl::StatusOr<std::optional<StepCost>> Probe(Session& session, const RunSpec& spec) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  RunSpec few = spec;
  few.max_steps = kProbeSteps;
  ASSIGN_OR_RETURN(Run run, connection->SubmitRun({.spec = few,
                                                   .auto_stop = AutoStop::kOff,
                                                   .name = "probe of a forecast",
                                                   .tags = {"probe"}}));
  FollowTasks tasks;
  tasks.on_update = Ignore;
  ASSIGN_OR_RETURN(const FollowEnd end,
                   Follow(*connection, {run.run_id}, 0, session.options().timeout, tasks));
  if (end == FollowEnd::kDetached) return std::optional<StepCost>();
  ASSIGN_OR_RETURN(run, connection->GetRun(run.run_id));
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, ReportsOf(*connection, run));
  RETURN_IF_ERROR(connection->Act("delete", run.run_id).status());
  return CostOfSteps(reports, run);
}

Json RangeJson(const StepRange& range, double each) {
  Json json = {{"expected", NumberJson(each * range.expected)},
               {"low", NumberJson(each * range.low)}};
  if (range.high) json["high"] = NumberJson(each * *range.high);
  return json;
}

Json CostJson(const StepCost& cost, const StepRange& range) {
  Json json = {{"measured_over_steps", cost.steps}, {"seconds", RangeJson(range, cost.seconds)}};
  if (!cost.energy) return json;
  const Joules joules = *cost.energy;
  json["joules"] = RangeJson(range, joules.value());
  json["source"] = cost.source;
  json["co2_grams"] = RangeJson(range, CarbonOf(joules, cost.factors).value());
  json["cost"] = RangeJson(range, CostOf(joules, cost.factors).amount);
  json["cost"]["currency"] = CostOf(joules, cost.factors).currency;
  if (cost.factors.is_default()) json["is_default"] = true;
  return json;
}

Json WholeJson(const Forecast& forecast, const std::optional<StepCost>& cost) {
  Json json = ForecastJson(forecast);
  const std::optional<StepRange> range = RangeOf(forecast);
  if (cost && range) json["until_grok"] = CostJson(*cost, *range);
  return json;
}

std::string RangeText(const StepRange& range, const std::function<std::string(double)>& text) {
  return Concat(text(range.expected), " (", text(range.low), " to ",
                range.high ? text(*range.high) : "beyond the budget", ")");
}

std::string ForecastTable(const Forecast& forecast, const std::optional<StepCost>& cost,
                          const Style& style) {
  TextTable table;
  table.AddColumn("");
  table.AddColumn("");
  const std::optional<StepRange> range = RangeOf(forecast);
  table.AddRow(
      {"made at", forecast.made_at_step == 0 ? "before the run" : StepText(forecast.made_at_step)});
  if (!range) {
    table.AddRow({"grok step", forecast.is_unfamiliar
                                   ? "unfamiliar: too far from every run it was trained on"
                                   : "never: random labels follow no rule"});
  } else {
    table.AddRow({"grok step",
                  RangeText(*range, [](double steps) { return CountText(std::llround(steps)); })});
    table.AddRow({"will grok in time", PercentText(*forecast.will_grok_probability)});
  }
  if (range && cost) {
    table.AddRow({"time", RangeText(*range, [&](double steps) {
                    return DurationText(absl::Seconds(steps * cost->seconds));
                  })});
    if (cost->energy) {
      table.AddRow({"energy", RangeText(*range, [&](double steps) {
                      return EnergyText(*cost->energy * steps);
                    })});
      table.AddRow({"CO2e", RangeText(*range, [&](double steps) {
                      const GramsCo2 grams = CarbonOf(*cost->energy * steps, cost->factors);
                      return Concat(SignificantText(grams.value()), " g");
                    })});
      table.AddRow({"money", RangeText(*range, [&](double steps) {
                      const Money money = CostOf(*cost->energy * steps, cost->factors);
                      return Concat(SignificantText(money.amount), " ", money.currency);
                    })});
    }
  }
  if (!cost) table.AddRow({"time and energy", "known after 20 steps"});
  table.AddRow({"intervals", "80%, of runs that grok at all"});
  if (!forecast.leans_on.empty()) table.AddRow({"leans on", Join(forecast.leans_on, ", ")});
  table.AddRow({"model", forecast.model});
  return table.Text(style);
}

// By the daemon's weights where this machine has none.
absl::StatusOr<Forecast> BeforeRun(Session& session, const RunSpec& spec,
                                   const Predictor* predictor) {
  if (predictor != nullptr) return predictor->BeforeRun(spec, spec.max_steps);
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  return connection->ForecastSpec(spec);
}

absl::Status Write(Session& session, const Forecast& forecast,
                   const std::optional<StepCost>& cost) {
  Console& console = session.console();
  const Json json = WholeJson(forecast, cost);
  switch (session.output()) {
    case OutputFormat::kJson:
      return console.WriteJson(json);
    case OutputFormat::kJsonLines:
      return console.WriteJsonLine(json);
    case OutputFormat::kCsv:
      return console.Write(CsvOf({json}));
    case OutputFormat::kTable:
      return console.Write(ForecastTable(forecast, cost, console.style()));
  }
  return absl::OkStatus();
}

absl::StatusOr<ExitCode> ForecastRun(Session& session, const ForecastCommand& command,
                                     const std::shared_ptr<const Predictor>& predictor) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(command.run_id));
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, ReportsOf(*connection, run));
  Forecast forecast;
  if (run.forecast) {
    forecast = *run.forecast;
  } else if (predictor != nullptr) {
    forecast = ReplayRun(reports, run.max_steps, run.spec, predictor).forecasts.back();
  } else {
    ASSIGN_OR_RETURN(forecast, connection->GetForecast(run.run_id));
  }
  RETURN_IF_ERROR(Write(session, forecast, CostOfSteps(reports, run)));
  return ExitCode::kDone;
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const ForecastCommand& command) {
  ASSIGN_OR_RETURN(const auto predictor, FindPredictor(command.predictor_file));
  if (!command.run_id.empty()) return ForecastRun(session, command, predictor);
  ASSIGN_OR_RETURN(const Forecast forecast, BeforeRun(session, command.spec, predictor.get()));
  std::optional<StepCost> cost;
  if (command.has_probe) {
    ASSIGN_OR_RETURN(cost, Probe(session, command.spec));
  }
  RETURN_IF_ERROR(Write(session, forecast, cost));
  return ExitCode::kDone;
}

}  // namespace powerdown
