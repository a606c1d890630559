#include <cmath>
#include <functional>

#include "client/cli/commands/commands.h"
#include "client/cli/following.h"
#include "client/cli/output.h"
#include "client/cli/recorded_runs.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "client/cli/stored_reports.h"
#include "client/cli/terminal/work_progress.h"
#include "client/cli/text/step_cost.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"
#include "common/run/forecast.h"
#include "common/run/run.h"
#include "common/run/run_json.h"
#include "common/run/run_spec.h"
#include "common/run/stop_decision.h"
#include "common/study/replay.h"

namespace powerdown {
namespace {

constexpr int64_t kProbeSteps = 20;

struct ForecastOptions {
  std::string run_id;  // empty: forecast the spec
  RunSpec spec;
  std::string predictor_file;
  bool has_probe = false;
};

absl::StatusOr<ForecastOptions> ReadForecast(const CommandWords& words) {
  ForecastOptions options{.run_id = words.Operand(),
                          .predictor_file = words.Text("--predictor"),
                          .has_probe = !words.Has("--no-probe")};
  if (options.run_id.empty()) {
    ASSIGN_OR_RETURN(options.spec, ReadSpec(words));
  }
  return options;
}

// Measures what a step costs: trains the first steps of the spec on the daemon's box and deletes
// that run.
absl::StatusOr<std::optional<StepCost>> Probe(Session& session, const RunSpec& spec) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  RunSpec few = spec;
  few.max_steps = kProbeSteps;
  ASSIGN_OR_RETURN(Run run, connection->SubmitRun({.spec = few,
                                                   .auto_stop = AutoStop::kOff,
                                                   .name = "probe of a forecast",
                                                   .tags = {"probe"}}));
  // A step of a large network takes seconds, and the run may have to wait for a free worker.
  WorkProgress progress(session.console(),
                        Concat("training ", kProbeSteps, " steps to measure what a step costs"));
  double share = 0;
  FollowTasks tasks = ShowOn(nullptr);
  tasks.on_update = [&](size_t, const RunUpdate& update) {
    const auto* report = std::get_if<StepReport>(&update);
    if (report) share = static_cast<double>(report->evaluation.step) / kProbeSteps;
    return absl::OkStatus();
  };
  tasks.on_tick = [&](absl::Time) { progress.Tell(share); };
  ASSIGN_OR_RETURN(const FollowEnd end,
                   Follow(*connection, {run.run_id}, 0, session.options().timeout, tasks));
  if (end == FollowEnd::kDetached) return std::optional<StepCost>();
  ASSIGN_OR_RETURN(run, connection->GetRun(run.run_id));
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, FetchReports(*connection, run));
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
                range.high ? text(*range.high) : "beyond the step limit", ")");
}

std::string ForecastTable(const Forecast& forecast, const std::optional<StepCost>& cost,
                          const Style& style) {
  TextTable table({"", ""});
  const std::optional<StepRange> range = RangeOf(forecast);
  table.AddRow(
      {"made at", forecast.made_at_step == 0 ? "before the run" : StepText(forecast.made_at_step)});
  if (!range) {
    table.AddRow(
        {"grok step", forecast.is_unfamiliar
                          ? "no forecast: too unlike every run that the weights learned from"
                          : "never: random labels follow no rule"});
  } else {
    table.AddRow({"grok step",
                  RangeText(*range, [](double steps) { return CountText(std::llround(steps)); })});
    table.AddRow({"groks in time", PercentText(*forecast.will_grok_probability)});
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
                      return CarbonText(CarbonOf(*cost->energy * steps, cost->factors));
                    })});
      table.AddRow({"money", RangeText(*range, [&](double steps) {
                      return MoneyText(CostOf(*cost->energy * steps, cost->factors));
                    })});
    }
  }
  if (!cost) table.AddRow({"time and energy", "known after 20 steps of training"});
  table.AddRow({"intervals", "80%, if the run groks at all"});
  if (!forecast.leans_on.empty()) table.AddRow({"based on", Join(forecast.leans_on, ", ")});
  table.AddRow({"model", forecast.model});
  return table.Text(style);
}

// With the daemon's weights if this machine has none.
absl::StatusOr<Forecast> BeforeRun(Session& session, const RunSpec& spec,
                                   const Predictor* predictor) {
  if (predictor != nullptr) return predictor->BeforeRun(spec, spec.max_steps);
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  return connection->ForecastSpec(spec);
}

absl::Status PrintForecast(Console& console, const Forecast& forecast,
                           const std::optional<StepCost>& cost) {
  return PrintObject(console, WholeJson(forecast, cost),
                     [&](const Style& style) { return ForecastTable(forecast, cost, style); });
}

absl::StatusOr<ExitCode> ForecastRun(Session& session, const std::string& run_id,
                                     const std::shared_ptr<const Predictor>& predictor) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(run_id));
  ASSIGN_OR_RETURN(const std::vector<StepReport> reports, FetchReports(*connection, run));
  Forecast forecast;
  if (run.forecast) {
    forecast = *run.forecast;
  } else if (predictor != nullptr) {
    forecast = ReplayRun(reports, run.max_steps, run.spec, predictor).forecasts.back();
  } else {
    ASSIGN_OR_RETURN(forecast, connection->GetForecast(run.run_id));
  }
  return Done(PrintForecast(session.console(), forecast, CostOfSteps(reports, run)));
}

absl::StatusOr<ExitCode> ForecastRunOrSpec(Session& session, const ForecastOptions& options) {
  ASSIGN_OR_RETURN(const auto predictor, FindPredictor(options.predictor_file));
  if (!options.run_id.empty()) return ForecastRun(session, options.run_id, predictor);
  ASSIGN_OR_RETURN(const Forecast forecast, BeforeRun(session, options.spec, predictor.get()));
  std::optional<StepCost> cost;
  if (options.has_probe) {
    ASSIGN_OR_RETURN(cost, Probe(session, options.spec));
  }
  return Done(PrintForecast(session.console(), forecast, cost));
}

}  // namespace

CommandTree ForecastCommand() {
  CommandTree forecast{
      .name = "forecast",
      .help = "forecast when a run groks and what it costs, each with an interval",
      .examples = {"powerdown forecast --task multiplication --modulus 43",
                   "powerdown forecast 01k9"},
      .operand = {.name = "RUN", .is_required = false},
      .flags = {PredictorFlag(), Flag("--no-probe", "", "skip the 20-step cost measurement")},
      .read = ReadThenRun(ReadForecast, ForecastRunOrSpec)};
  AddSpecFlags(forecast);
  return forecast;
}

}  // namespace powerdown
