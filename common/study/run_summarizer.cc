#include "common/study/run_summarizer.h"

#include <utility>

namespace powerdown {
namespace {

std::optional<int64_t> StopStepOf(const Run& run) {
  return run.stop ? std::optional(run.stop->step) : std::nullopt;
}

}  // namespace

void EnergyAtStep::Observe(const StepReport& report) {
  if (!step_ || energy_ || !report.energy) return;
  const int64_t step = report.evaluation.step;
  const double at = static_cast<double>(*step_);
  const double x = static_cast<double>(step);
  if (step == *step_) {
    energy_ = report.energy;
  } else if (step > *step_ && !last_step_) {
    energy_ = *report.energy * (at / x);
  } else if (step > *step_) {
    const double before = static_cast<double>(*last_step_);
    energy_ = last_ + (*report.energy - last_) * ((at - before) / (x - before));
  }
  last_step_ = step;
  last_ = *report.energy;
}

std::optional<Joules> EnergyAtStep::CarriedOn() const {
  if (energy_ || !last_step_ || *last_step_ <= 0) return energy_;
  return last_ * (static_cast<double>(*step_) / static_cast<double>(*last_step_));
}

RunSummarizer::RunSummarizer(const Run& run, std::shared_ptr<const Predictor> predictor)
    : grok_step_(run.grok_step),
      stop_step_(StopStepOf(run)),
      forecaster_(std::move(predictor), run.spec, run.max_steps) {
  summary_.task = run.spec.task;
  summary_.modulus = run.spec.modulus;
  summary_.model = run.spec.model;
  summary_.family = SpecFamily(run.spec);
  summary_.energy = run.energy;
}

void RunSummarizer::Observe(const StepReport& report) {
  const int64_t step = report.evaluation.step;
  ++summary_.reports;
  summary_.last_step = step;
  if (report.energy) {
    summary_.metered_step = step;
    summary_.metered = report.energy;
  }
  tracker_.Observe(report.evaluation);
  forecaster_.Observe(report);
  const Decision decision = rule_.Observe(report.evaluation);
  if (decision.stop && !summary_.rule_stop_step) summary_.rule_stop_step = decision.step;
}

void RunSummarizer::ObserveEnergy(const StepReport& report) {
  if (!probes_) {
    summary_.rule_grok_step = tracker_.grok_step();
    summary_.abandon_step = forecaster_.abandon_step();
    probes_.emplace(Probes{
        EnergyAtStep(grok_step_), EnergyAtStep(stop_step_), EnergyAtStep(summary_.rule_grok_step),
        EnergyAtStep(summary_.rule_stop_step), EnergyAtStep(summary_.abandon_step)});
  }
  for (EnergyAtStep* probe : {&probes_->grok, &probes_->stop, &probes_->rule_grok,
                              &probes_->rule_stop, &probes_->abandon}) {
    probe->Observe(report);
  }
}

RunSummary RunSummarizer::Finish() {
  if (probes_) {
    summary_.grok = probes_->grok.energy();
    summary_.stop = probes_->stop.CarriedOn();
    summary_.rule_grok = probes_->rule_grok.energy();
    summary_.rule_stop = probes_->rule_stop.energy();
    summary_.abandon = probes_->abandon.energy();
  }
  return std::move(summary_);
}

RunOverview OverviewOf(const Run& run, const std::vector<StepReport>& reports,
                       std::shared_ptr<const Predictor> predictor) {
  RunSummarizer summarizer(run, std::move(predictor));
  for (const StepReport& report : reports) summarizer.Observe(report);
  for (const StepReport& report : reports) summarizer.ObserveEnergy(report);
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
