#include "common/study/run_summarizer.h"

#include <utility>

namespace powerdown {
namespace {

std::optional<int64_t> StopStepOf(const Run& run) {
  return run.stop ? std::optional(run.stop->step) : std::nullopt;
}

}  // namespace

void EnergyAtStep::Observe(const StepReport& report) {
  if (energy_ || !report.energy) return;
  const int64_t step = report.evaluation.step;
  const double x = static_cast<double>(step);
  const double at = static_cast<double>(step_.value_or(0));
  if (step == step_) {
    energy_ = report.energy;
  } else if (step_ && step > *step_ && !last_step_) {
    energy_ = *report.energy * (at / x);
  } else if (step_ && step > *step_) {
    const double before = static_cast<double>(*last_step_);
    energy_ = last_ + (*report.energy - last_) * ((at - before) / (x - before));
  }
  last_step_ = step;
  last_ = *report.energy;
}

EnergyAtStep EnergyAtStep::At(int64_t step) const {
  EnergyAtStep other = *this;
  other.step_ = step;
  return other;
}

std::optional<Joules> EnergyAtStep::CarriedOn() const {
  if (energy_ || !step_ || !last_step_ || *last_step_ <= 0) return energy_;
  return last_ * (static_cast<double>(*step_) / static_cast<double>(*last_step_));
}

RunSummarizer::RunSummarizer(const Run& run, std::shared_ptr<const Predictor> predictor)
    : forecaster_(std::move(predictor), run.spec, run.max_steps),
      grok_(run.grok_step),
      stop_(StopStepOf(run)) {
  summary_.task = run.command ? "command" : run.spec.task;
  summary_.modulus = run.spec.modulus;
  summary_.model = run.spec.model;
  summary_.family = FamilyOf(run);
  summary_.energy = run.energy;
}

void RunSummarizer::SetProbes(const StepReport& report) {
  const int64_t step = report.evaluation.step;
  tracker_.Observe(report.evaluation);
  if (!tracker_.grok_step() && tracker_.held_since() == step) rule_grok_ = before_.At(step);
  if (forecaster_.Observe(report).is_abandoned) abandon_ = before_.At(step);
  if (rule_.Observe(report.evaluation).stop && !summary_.rule_stop_step) {
    summary_.rule_stop_step = step;
    rule_stop_ = before_.At(step);
  }
}

void RunSummarizer::Observe(const StepReport& report) {
  const int64_t step = report.evaluation.step;
  ++summary_.reports;
  summary_.last_step = step;
  if (report.energy) {
    summary_.metered_step = step;
    summary_.metered = report.energy;
  }
  if (IsEvaluated(report.evaluation)) SetProbes(report);
  for (EnergyAtStep* probe : {&before_, &grok_, &stop_, &rule_grok_, &rule_stop_, &abandon_}) {
    probe->Observe(report);
  }
}

RunSummary RunSummarizer::Finish() {
  summary_.rule_grok_step = tracker_.grok_step();
  summary_.abandon_step = forecaster_.abandon_step();
  summary_.grok = grok_.energy();
  summary_.stop = stop_.CarriedOn();
  if (summary_.rule_grok_step) summary_.rule_grok = rule_grok_.energy();
  summary_.rule_stop = rule_stop_.energy();
  summary_.abandon = abandon_.energy();
  return std::move(summary_);
}

RunOverview OverviewOf(const Run& run, const std::vector<StepReport>& reports,
                       std::shared_ptr<const Predictor> predictor) {
  RunSummarizer summarizer(run, std::move(predictor));
  for (const StepReport& report : reports) summarizer.Observe(report);
  return {.run_id = run.run_id,
          .state = run.state,
          .origin = run.origin,
          .hardware = run.hardware,
          .steps = run.steps,
          .memorised_step = run.memorised_step,
          .grok_step = run.grok_step,
          .tags = run.tags,
          .summary = summarizer.Finish()};
}

}  // namespace powerdown
