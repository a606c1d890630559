#include "client/model/playback.h"

#include <algorithm>
#include <utility>

namespace powerdown {
namespace {

absl::Time TimeOfUpdate(const RunUpdate& update) {
  return std::visit([](const auto& known) { return known.time; }, update);
}

Run BeforeTraining(Run run) {
  run.state = RunState::kRunning;
  run.steps = 0;
  run.train_accuracy.reset();
  run.validation_accuracy.reset();
  run.memorised_step.reset();
  run.grok_step.reset();
  run.stop.reset();
  run.forecast.reset();
  run.first_forecast.reset();
  run.co2.reset();
  run.cost.reset();
  run.ended_at.reset();
  return run;
}

}  // namespace

Playback::Playback(Comparison recorded, std::vector<RunUpdate> updates)
    : recorded_(std::move(recorded)), updates_(std::move(updates)) {
  begin_ = updates_.empty() ? recorded_.created_at : TimeOfUpdate(updates_.front());
}

std::vector<AppUpdate> Playback::Begin() {
  next_ = 0;
  has_ended_ = false;
  run_ = BeforeTraining(recorded_.usual);
  Comparison comparison = recorded_;
  // Keeps the energy, of which only the source is shown: the bills are counted from the reports.
  comparison.usual = run_;
  comparison.stopped = run_;
  comparison.has_ended = false;
  comparison.saved.reset();
  comparison.recuts.clear();
  comparison.naive_stop.reset();
  comparison.accuracy_change.reset();
  comparison.fleet.clear();
  run_.energy.reset();
  return {RunRemoved{run_.run_id}, RunsChanged{{run_}},
          ComparisonChanged{std::move(comparison), /*is_shown=*/true}};
}

void Playback::Take(const RunUpdate& update) {
  if (const auto* report = std::get_if<StepReport>(&update)) {
    run_.steps = report->evaluation.step;
    if (IsEvaluated(report->evaluation)) {
      run_.train_accuracy = report->evaluation.train_accuracy;
      run_.validation_accuracy = report->evaluation.validation_accuracy;
    }
    return;
  }
  const RunEvent& event = std::get<RunEvent>(update);
  if (event.kind == EventKind::kMemorised) run_.memorised_step = event.step;
  if (event.kind == EventKind::kGrokked) run_.grok_step = event.step;
}

std::vector<AppUpdate> Playback::AdvanceTo(absl::Duration trained) {
  if (has_ended_) return {};
  TraceChanged changed{run_.run_id, {}};
  while (next_ < updates_.size() && TimeOfUpdate(updates_[next_]) - begin_ <= trained) {
    Take(updates_[next_]);
    changed.updates.push_back(updates_[next_++]);
  }
  std::vector<AppUpdate> told;
  if (!changed.updates.empty()) {
    told.emplace_back(std::move(changed));
    told.emplace_back(RunsChanged{{run_}});
  }
  if (next_ < updates_.size()) return told;
  has_ended_ = true;
  told.emplace_back(RunsChanged{{recorded_.usual}});
  told.emplace_back(ComparisonChanged{recorded_, /*is_shown=*/true});
  return told;
}

}  // namespace powerdown
