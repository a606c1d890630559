#include "client/model/forecast_text.h"

#include <cmath>

#include "client/model/phrases.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

std::string Interval(const Forecast& forecast) {
  const ForecastBand* band = ShownBand(forecast);
  if (band == nullptr) return "";
  return Concat(" (", CountText(band->low_step), " to ",
                band->high_step ? CountText(*band->high_step) : "beyond its schedule", ")");
}

bool IsDoubtful(const Forecast& forecast) {
  return forecast.will_grok_probability.value_or(1) < kLeastProbability;
}

std::string Probability(const Forecast& forecast) {
  return forecast.will_grok_probability ? Concat("p = ", Fixed(*forecast.will_grok_probability, 2))
                                        : "";
}

std::string MadeAt(const Forecast& forecast) {
  return forecast.made_at_step == 0 ? "before it began"
                                    : Concat("at step ", CountText(forecast.made_at_step));
}

// How far the grok was from its forecast: ", 10% later".
std::string Error(int64_t actual, int64_t predicted) {
  if (predicted <= 0) return "";
  const double error = static_cast<double>(actual - predicted) / static_cast<double>(predicted);
  if (std::abs(error) < 0.005) return ", as predicted";
  return Concat(", ", PercentText(std::abs(error), 0), error > 0 ? " later" : " sooner");
}

}  // namespace

std::optional<int64_t> NamedStep(const Forecast& forecast) {
  return IsDoubtful(forecast) ? std::nullopt : forecast.grok_step;
}

std::string ForecastText(const Forecast& forecast, int64_t max_steps) {
  if (forecast.is_unfamiliar) return "none, no similar run was recorded";
  if (!forecast.grok_step) return "never groks, random labels have no rule to learn";
  const std::string probability = Probability(forecast);
  if (IsDoubtful(forecast)) {
    return Concat("probably will not grok within ", CountText(max_steps), " steps (", probability,
                  ")");
  }
  return Concat("groks near step ", CountText(*forecast.grok_step), Interval(forecast),
                probability.empty() ? "" : ", ", probability);
}

const Forecast* JudgedForecast(const Run& run) {
  const std::optional<Forecast>& first = run.first_forecast ? run.first_forecast : run.forecast;
  if (!first || (run.grok_step && first->made_at_step >= *run.grok_step)) return nullptr;
  return &*first;
}

std::string ForecastOutcome(const Run& run) {
  const std::string outcome = run.grok_step ? Concat("grokked at ", CountText(*run.grok_step))
                              : HasEnded(run.state)
                                  ? Concat("did not grok within ", CountText(run.steps), " steps")
                                  : "not grokked yet";
  const Forecast* forecast = JudgedForecast(run);
  if (forecast == nullptr) {
    return Concat(
        run.forecast ? "no forecast was made before it grokked; " : "no forecast was made; ",
        outcome);
  }
  const std::string made = MadeAt(*forecast);
  if (forecast->is_unfamiliar) return Concat("no similar run was recorded ", made, "; ", outcome);
  if (!forecast->grok_step) return Concat("predicted never to grok ", made, "; ", outcome);
  if (IsDoubtful(*forecast)) {
    return Concat("predicted not to grok within ", CountText(run.max_steps), " steps (",
                  Probability(*forecast), ") ", made, "; ", outcome);
  }
  return Concat("predicted ", CountText(*forecast->grok_step), Interval(*forecast), " ", made, "; ",
                outcome, run.grok_step ? Error(*run.grok_step, *forecast->grok_step) : "");
}

std::string FollowedForecast(const RunTrace& trace, int64_t max_steps, bool has_ended) {
  if (!trace.forecast()) return "";
  if (trace.grok_step() || has_ended) {
    Run told;
    told.state = has_ended ? RunState::kFinished : RunState::kRunning;
    told.steps = trace.last_step();
    told.max_steps = max_steps;
    told.grok_step = trace.grok_step();
    told.forecast = trace.forecast();
    told.first_forecast = trace.first_forecast();
    return ForecastOutcome(told);
  }
  std::string text = ForecastText(*trace.forecast(), max_steps);
  const std::optional<int64_t> step = NamedStep(*trace.forecast());
  const double speed = trace.StepsPerSecond().value_or(0);
  if (step && speed > 0 && *step > trace.last_step()) {
    const double seconds = static_cast<double>(*step - trace.last_step()) / speed;
    text += Concat(", in about ", DurationText(absl::Seconds(seconds)));
  }
  const std::optional<int64_t> first = trace.predicted_grok_step();
  if (first && trace.first_forecast()->made_at_step != trace.forecast()->made_at_step) {
    text += Concat("; first ", CountText(*first));
  }
  return text;
}

}  // namespace powerdown
