#include "server/trainer/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/forecast/stop_rule.h"
#include "server/trainer/checkpoint_store.h"
#include "server/trainer/network/library.h"

namespace powerdown {
namespace {

absl::StatusOr<std::shared_ptr<const Predictor>> PredictorOf(const StartCommand& start) {
  if (start.predictor.empty()) return std::shared_ptr<const Predictor>();
  ASSIGN_OR_RETURN(Predictor predictor, Predictor::FromJson(start.predictor));
  return std::make_shared<const Predictor>(std::move(predictor));
}

EndedLine StoppedBy(StopReason reason) {
  return {.outcome = AttemptOutcome::kStopped, .stop_reason = reason};
}

absl::Status OfFile(const std::string& path, const absl::Status& problem) {
  return absl::Status(problem.code(), absl::StrCat(path, ": ", problem.message()));
}

StopRuleOptions RuleOf(const Dataset& dataset) {
  StopRuleOptions options;
  options.is_census = true;  // every held-out question is asked at every evaluation
  options.validation_pairs = dataset.validation.size();
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(StartCommand start, Say say, Now now,
                                                         EngineKind kind) {
  ASSIGN_OR_RETURN(std::string device, FindDevice(start.spec.device));
  ASSIGN_OR_RETURN(Dataset dataset, MakeDataset(start.spec));
  ASSIGN_OR_RETURN(std::shared_ptr<const Predictor> predictor, PredictorOf(start));
  std::optional<CheckpointContent> content;
  if (!start.resume_file.empty()) {
    ASSIGN_OR_RETURN(content, ReadCheckpoint(start.resume_file));
    const absl::StatusOr<EngineKind> engine = EngineOf(*content);
    if (!engine.ok()) return OfFile(start.resume_file, engine.status());
    kind = *engine;
    // Only tensors know other devices.
    if (kind != EngineKind::kTensors) device = "cpu";
  }
  SetThreads(start.spec.threads);
  FlushDenormals();
  std::unique_ptr<Trainer> trainer(new Trainer(std::move(start), std::move(say), std::move(now),
                                               std::move(dataset), std::move(device), kind,
                                               std::move(predictor)));
  if (content) {
    const absl::Status resumed = trainer->Resume(*content);
    if (!resumed.ok()) return OfFile(trainer->start_.resume_file, resumed);
  }
  return trainer;
}

Trainer::Trainer(StartCommand start, Say say, Now now, Dataset dataset, std::string device,
                 EngineKind kind, std::shared_ptr<const Predictor> predictor)
    : start_(std::move(start)),
      say_(std::move(say)),
      now_(std::move(now)),
      dataset_(std::move(dataset)),
      device_(std::move(device)),
      training_(MakeTraining(start_.spec, dataset_.table, dataset_.train, dataset_.validation,
                             BatchSizeOf(start_.spec, dataset_), device_, kind)),
      batches_(dataset_.train.size(), start_.spec.batch_size,
               static_cast<uint64_t>(start_.spec.seed) + 1),
      schedule_(start_.spec, dataset_.train.size(), dataset_.validation.size()),
      rule_(RuleOf(dataset_)),
      forecaster_(std::move(predictor), start_.spec, start_.spec.max_steps),
      last_full_(now_()),
      frames_(training_->size()) {}

int64_t Trainer::Limit() const {
  const int64_t most = start_.spec.max_steps;
  if (!start_.grok_multiple || !tracker_.grok_step()) return most;
  const double limit = *start_.grok_multiple * static_cast<double>(*tracker_.grok_step());
  return std::clamp(static_cast<int64_t>(std::ceil(limit)), std::min(step_, most), most);
}

const std::vector<int64_t>& Trainer::BatchRows() {
  if (!batches_.is_full_batch() && batch_.empty()) batch_ = batches_.Next();
  return batch_;
}

absl::StatusOr<bool> Trainer::Step() {
  // Resumed from the stop itself, because the worker died before it could say so.
  if (EndsAtStop() && has_stop_decision_) {
    RETURN_IF_ERROR(Finish(StoppedBy(StopReason::kGrokked)));
    return true;
  }
  if (schedule_.IsDue(step_) || step_ >= Limit()) {
    ASSIGN_OR_RETURN(const bool goes_on, Look());
    if (!goes_on) return true;
    training_->Update();
  } else {
    const double loss = training_->Step(BatchRows());
    if (!std::isfinite(loss)) return Diverged(step_, loss);
  }
  batch_.clear();
  ++step_;
  RETURN_IF_ERROR(WritePeriodic());
  return false;
}

absl::StatusOr<bool> Trainer::Look() {
  const double loss = training_->Backward(BatchRows());
  const int64_t bad_step = training_->FirstBadStep(step_);
  const bool is_evaluated = !evaluations_.empty() && evaluations_.back().step == step_;
  if (!is_evaluated) {
    RETURN_IF_ERROR(Evaluate());
    if (has_ended_) return false;
  }
  if (!std::isfinite(loss) || bad_step != step_) return Diverged(bad_step, loss);
  if (step_ < Limit()) return true;
  RETURN_IF_ERROR(Finish({.outcome = AttemptOutcome::kFinished}));
  return false;
}

absl::Status Trainer::Diverged(int64_t step, double loss) {
  if (!has_written_best_ && best_.is_set()) {
    RETURN_IF_ERROR(WriteSnapshot(CheckpointLabel::kBest, best_));
  }
  return absl::InternalError(absl::StrCat("loss is ", std::isinf(loss) ? "infinite" : "NaN",
                                          " at step ", step,
                                          ": the run diverged; try a lower learning_rate"));
}

absl::Status Trainer::Evaluate() {
  StepLine line;
  if (feature_schedule_.IsDue(step_)) line.features = training_->MeasureFeatures();
  const TrainingMeasures measures = training_->Measure();
  const Evaluation evaluation{step_, measures.train_loss, measures.train_accuracy,
                              measures.validation_loss, measures.validation_accuracy};
  line.evaluation = evaluation;
  line.gradient_norm = measures.gradient_norm;
  line.weight_norm = measures.weight_norm;
  line.activation_sparsity = measures.activation_sparsity;
  line.monotonic = now_();
  const bool is_first = evaluations_.empty();
  evaluations_.push_back(evaluation);
  measures_.insert(measures_.end(),
                   {measures.gradient_norm, measures.weight_norm, measures.activation_sparsity});
  say_(line);
  if (const auto before = forecaster_.Before(); before && is_first) {
    say_(ForecastLine{line.monotonic, EventKind::kForecast, *before, std::nullopt});
  }
  const bool had_memorised = tracker_.memorised_step().has_value();
  const bool had_grokked = tracker_.grok_step().has_value();
  tracker_.Observe(evaluation);
  schedule_.Observe(evaluation);
  Remember(evaluation);
  if (!had_memorised && tracker_.memorised_step()) {
    say_(MilestoneLine{EventKind::kMemorised, step_, step_});
    RETURN_IF_ERROR(Write(CheckpointLabel::kMemorised));
  }
  if (!had_grokked && tracker_.grok_step()) {
    say_(MilestoneLine{EventKind::kGrokked, *tracker_.grok_step(), step_});
    RETURN_IF_ERROR(WriteSnapshot(CheckpointLabel::kGrokked, held_first_));
    WriteFrames();
  }
  if (start_.auto_stop != AutoStop::kOff) {
    RETURN_IF_ERROR(OnDecision(rule_.Observe(evaluation)));
    if (has_ended_) return absl::OkStatus();
  }
  return Foresee(line);
}

absl::Status Trainer::Foresee(const StepLine& line) {
  StepReport report;
  report.evaluation = line.evaluation;
  report.gradient_norm = line.gradient_norm;
  report.weight_norm = line.weight_norm;
  report.activation_sparsity = line.activation_sparsity;
  const Forecaster::Update update = forecaster_.Observe(report);
  const bool is_planned = start_.auto_stop == AutoStop::kPlanned;
  if (update.forecast) {
    say_(ForecastLine{line.monotonic, EventKind::kForecast, *update.forecast, std::nullopt});
  }
  if (update.is_planned && is_planned) {
    const PlannedStop& planned = *forecaster_.planned();
    say_(ForecastLine{line.monotonic, EventKind::kPlanned, planned.forecast, planned.stop_step});
  }
  if (update.is_abandoned && start_.abandon != AutoStop::kOff) {
    say_(ForecastLine{line.monotonic, EventKind::kAbandon, *forecaster_.latest(), std::nullopt});
  }
  if (start_.take_back_stop) return absl::OkStatus();
  if (update.is_planned_stop && is_planned) return EndOn(StopReason::kPlanned);
  if (update.is_abandoned && start_.abandon == AutoStop::kOn) return EndOn(StopReason::kAbandoned);
  return absl::OkStatus();
}

absl::Status Trainer::EndOn(StopReason reason) {
  RETURN_IF_ERROR(Write(CheckpointLabel::kStop));
  return Finish(StoppedBy(reason));
}

absl::Status Trainer::OnDecision(const Decision& decision) {
  const bool is_first_stop = decision.stop && !has_stop_decision_;
  // After the first stop only changes of mind are worth a record.
  if (decision.verdict != last_verdict_ && (!decision.stop || is_first_stop)) {
    say_(DecisionLine{now_(), decision});
  }
  last_verdict_ = decision.verdict;
  if (!is_first_stop) return absl::OkStatus();
  has_stop_decision_ = true;
  RETURN_IF_ERROR(Write(CheckpointLabel::kStop));
  RETURN_IF_ERROR(WriteSnapshot(CheckpointLabel::kBest, held_best_));
  has_written_best_ = true;
  return EndsAtStop() ? Finish(StoppedBy(StopReason::kGrokked)) : absl::OkStatus();
}

absl::Status Trainer::End(EndRequest request) {
  if (request == EndRequest::kStop) return Finish(StoppedBy(StopReason::kUser));
  return Finish({.outcome = AttemptOutcome::kPaused, .reason = std::string(NameOf(request))});
}

absl::Status Trainer::Finish(EndedLine end) {
  if (end.stop_reason == StopReason::kUser) RETURN_IF_ERROR(Write(CheckpointLabel::kStop));
  if (end.outcome != AttemptOutcome::kPaused && !has_written_best_ && best_.is_set()) {
    RETURN_IF_ERROR(WriteSnapshot(CheckpointLabel::kBest, best_));
  }
  WriteFrames();
  RETURN_IF_ERROR(Write(CheckpointLabel::kLast));
  has_ended_ = true;
  end.step = step_;
  say_(end);
  return absl::OkStatus();
}

void Trainer::Remember(const Evaluation& evaluation) {
  const bool is_best = evaluation.validation_accuracy > best_.validation_accuracy;
  const bool is_first_held = tracker_.held_evaluations() == 1;
  const bool is_best_held =
      is_first_held || (tracker_.held_evaluations() > 1 &&
                        evaluation.validation_accuracy > held_best_.validation_accuracy);
  const absl::Span<const float> weights = training_->Weights();
  frames_.Observe(step_, evaluation.validation_accuracy, weights.data());
  if (!is_best && !is_best_held) return;
  const Snapshot taken{step_, evaluation.validation_accuracy, {weights.begin(), weights.end()}};
  if (is_best) best_ = taken;
  if (is_first_held) held_first_ = taken;
  if (is_best_held) held_best_ = taken;
}

}  // namespace powerdown
