#include "server/trainer/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/forecast/stop_rule.h"

namespace powerdown {
namespace {

absl::StatusOr<torch::Device> DeviceOf(const RunSpec& spec) {
  const bool has_cuda = torch::cuda::is_available();
  if (spec.device == "cpu") return torch::Device(torch::kCPU);
  if (spec.device == "auto") return torch::Device(has_cuda ? torch::kCUDA : torch::kCPU);
  if (spec.device == "cuda" && has_cuda) return torch::Device(torch::kCUDA);
  return absl::InvalidArgumentError(
      absl::StrCat("device: ", spec.device, " is not available here; allowed: auto, cpu"));
}

absl::StatusOr<std::shared_ptr<const Predictor>> PredictorOf(const StartCommand& start) {
  if (start.predictor.empty()) return std::shared_ptr<const Predictor>();
  ASSIGN_OR_RETURN(Predictor predictor, Predictor::FromJson(start.predictor));
  return std::make_shared<const Predictor>(std::move(predictor));
}

StopRuleOptions RuleOf(const Dataset& dataset) {
  StopRuleOptions options;
  options.is_census = true;  // every held-out question is asked at every evaluation
  options.validation_pairs = dataset.validation.size();
  return options;
}

Dataset OnDevice(Dataset dataset, torch::Device device) {
  for (Pairs* pairs : {&dataset.train, &dataset.validation}) {
    *pairs = {pairs->questions.to(device), pairs->answers.to(device)};
  }
  return dataset;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trainer>> Trainer::Create(StartCommand start, Say say, Now now,
                                                         EngineKind kind) {
  ASSIGN_OR_RETURN(const torch::Device device, DeviceOf(start.spec));
  ASSIGN_OR_RETURN(Dataset dataset, MakeDataset(start.spec));
  ASSIGN_OR_RETURN(std::shared_ptr<const Predictor> predictor, PredictorOf(start));
  torch::set_num_threads(static_cast<int>(start.spec.threads));
  // Weights that decay towards zero become denormal, which would slow every step down.
  at::globalContext().setFlushDenormal(true);
  std::unique_ptr<Trainer> trainer(new Trainer(std::move(start), std::move(say), std::move(now),
                                               std::move(dataset), device, kind,
                                               std::move(predictor)));
  if (!trainer->start_.resume_file.empty()) {
    ASSIGN_OR_RETURN(const CheckpointContent content, ReadCheckpoint(trainer->start_.resume_file));
    const absl::Status resumed = trainer->Resume(content);
    if (!resumed.ok()) {
      return absl::Status(resumed.code(),
                          absl::StrCat(trainer->start_.resume_file, ": ", resumed.message()));
    }
  }
  return trainer;
}

Trainer::Trainer(StartCommand start, Say say, Now now, Dataset dataset, torch::Device device,
                 EngineKind kind, std::shared_ptr<const Predictor> predictor)
    : start_(std::move(start)),
      say_(std::move(say)),
      now_(std::move(now)),
      dataset_(OnDevice(std::move(dataset), device)),
      device_(device),
      model_(std::make_unique<Model>(start_.spec, dataset_.table, device_)),
      probe_(*model_, dataset_.table),
      optimizer_(MakeOptimizer(start_.spec, PartsOf(start_.spec, *model_), model_->flat())),
      batches_(dataset_.train.size(), start_.spec.batch_size,
               static_cast<uint64_t>(start_.spec.seed) + 1),
      engine_(MakeEngine(kind, start_.spec, dataset_.table,
                         batches_.is_full_batch() ? dataset_.train.size() : start_.spec.batch_size,
                         *model_)),
      schedule_(start_.spec, dataset_.train.size(), dataset_.validation.size()),
      rule_(RuleOf(dataset_)),
      forecaster_(std::move(predictor), start_.spec, start_.spec.max_steps),
      last_full_(now_()),
      frames_(model_->size()) {}

int64_t Trainer::Limit() const {
  const int64_t most = start_.spec.max_steps;
  if (!start_.grok_multiple || !tracker_.grok_step()) return most;
  const double limit = *start_.grok_multiple * static_cast<double>(*tracker_.grok_step());
  return std::clamp(static_cast<int64_t>(std::ceil(limit)), std::min(step_, most), most);
}

double Trainer::StepFlops() const {
  return engine_->StepFlops(batches_.is_full_batch() ? dataset_.train.size()
                                                     : start_.spec.batch_size);
}

double Trainer::Backward() {
  answers_ = dataset_.train.answers;
  if (batches_.is_full_batch()) return engine_->Backward(dataset_.train, output_);
  if (batch_.empty()) batch_ = batches_.Next();
  const torch::Tensor rows = torch::tensor(batch_, torch::kInt64).to(device_);
  answers_ = dataset_.train.answers.index_select(0, rows);
  return engine_->Backward({dataset_.train.questions.index_select(0, rows), answers_}, output_);
}

absl::StatusOr<bool> Trainer::Step() {
  // Resumed from the stop itself, because the worker died before it could say so.
  if (EndsAtStop() && has_stop_decision_) {
    RETURN_IF_ERROR(Finish("stopped", "grokked"));
    return true;
  }
  const double loss = Backward();
  const bool is_evaluated = !evaluations_.empty() && evaluations_.back().step == step_;
  if (!is_evaluated && (schedule_.IsDue(step_) || step_ >= Limit())) {
    RETURN_IF_ERROR(Evaluate(loss));
    if (has_ended_) return true;
  }
  if (!std::isfinite(loss)) {
    if (!has_written_best_ && best_.is_set()) RETURN_IF_ERROR(WriteSnapshot("best", best_));
    return absl::InternalError(absl::StrCat("loss is ", std::isnan(loss) ? "NaN" : "infinite",
                                            " at step ", step_,
                                            ": the run diverged; try a lower learning_rate"));
  }
  if (step_ >= Limit()) {
    RETURN_IF_ERROR(Finish("finished", ""));
    return true;
  }
  optimizer_->Step(model_->flat(), model_->gradient());
  batch_.clear();
  ++step_;
  RETURN_IF_ERROR(WritePeriodic());
  return false;
}

Evaluation Trainer::Measure(double train_loss) {
  Evaluation evaluation;
  evaluation.step = step_;
  evaluation.train_loss = train_loss;
  const auto ask = [&](const Pairs& pairs, double& loss, double& accuracy) {
    const Model::Output output = engine_->Forward(pairs.questions);
    loss = LossOf(start_.spec, output.logits, pairs.answers).item<double>();
    accuracy = AccuracyOf(output.logits, pairs.answers);
  };
  if (batches_.is_full_batch()) {
    evaluation.train_accuracy = AccuracyOf(output_.logits, dataset_.train.answers);
  } else {
    ask(dataset_.train, evaluation.train_loss, evaluation.train_accuracy);
  }
  ask(dataset_.validation, evaluation.validation_loss, evaluation.validation_accuracy);
  return evaluation;
}

absl::Status Trainer::Evaluate(double train_loss) {
  StepLine line;
  if (probe_.IsDue(step_)) line.features = probe_.Measure(*model_, output_, answers_);
  const Evaluation evaluation = Measure(train_loss);
  line.evaluation = evaluation;
  line.gradient_norm = model_->gradient().norm().item<double>();
  line.weight_norm = model_->flat().detach().norm().item<double>();
  line.activation_sparsity = SparsityOf(start_.spec, output_.hidden);
  line.monotonic = now_();
  const bool is_first = evaluations_.empty();
  evaluations_.push_back(evaluation);
  measures_.insert(measures_.end(),
                   {line.gradient_norm, line.weight_norm, line.activation_sparsity});
  say_(line);
  if (const auto before = forecaster_.Before(); before && is_first) {
    say_(ForecastLine{line.monotonic, "forecast", *before, std::nullopt});
  }
  const bool had_memorised = tracker_.memorised_step().has_value();
  const bool had_grokked = tracker_.grok_step().has_value();
  tracker_.Observe(evaluation);
  schedule_.Observe(evaluation);
  Remember(evaluation);
  if (!had_memorised && tracker_.memorised_step()) {
    say_(MilestoneLine{"memorised", step_, step_});
    RETURN_IF_ERROR(Write("memorised"));
  }
  if (!had_grokked && tracker_.grok_step()) {
    say_(MilestoneLine{"grokked", *tracker_.grok_step(), step_});
    RETURN_IF_ERROR(WriteSnapshot("grokked", held_first_));
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
    say_(ForecastLine{line.monotonic, "forecast", *update.forecast, std::nullopt});
  }
  if (update.is_planned && is_planned) {
    const PlannedStop& planned = *forecaster_.planned();
    say_(ForecastLine{line.monotonic, "planned", planned.forecast, planned.stop_step});
  }
  if (update.is_abandoned && start_.abandon != AutoStop::kOff) {
    say_(ForecastLine{line.monotonic, "abandon", *forecaster_.latest(), std::nullopt});
  }
  if (start_.take_back_stop) return absl::OkStatus();
  if (update.is_planned_stop && is_planned) return EndOn("planned");
  if (update.is_abandoned && start_.abandon == AutoStop::kOn) return EndOn("abandoned");
  return absl::OkStatus();
}

absl::Status Trainer::EndOn(const std::string& reason) {
  RETURN_IF_ERROR(Write("stop"));
  return Finish("stopped", reason);
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
  RETURN_IF_ERROR(Write("stop"));
  RETURN_IF_ERROR(WriteSnapshot("best", held_best_));
  has_written_best_ = true;
  return EndsAtStop() ? Finish("stopped", "grokked") : absl::OkStatus();
}

absl::Status Trainer::End(const std::string& reason) {
  return reason == "stop" ? Finish("stopped", "user") : Finish("paused", reason);
}

absl::Status Trainer::Finish(const std::string& outcome, const std::string& reason) {
  if (reason == "user") RETURN_IF_ERROR(Write("stop"));
  if (outcome != "paused" && !has_written_best_ && best_.is_set()) {
    RETURN_IF_ERROR(WriteSnapshot("best", best_));
  }
  WriteFrames();
  RETURN_IF_ERROR(Write("last"));
  has_ended_ = true;
  say_(EndedLine{step_, outcome, reason});
  return absl::OkStatus();
}

void Trainer::Remember(const Evaluation& evaluation) {
  const bool is_best = evaluation.validation_accuracy > best_.validation_accuracy;
  const bool is_first_held = tracker_.held_evaluations() == 1;
  const bool is_best_held =
      is_first_held || (tracker_.held_evaluations() > 1 &&
                        evaluation.validation_accuracy > held_best_.validation_accuracy);
  const torch::Tensor weights = model_->flat().detach().to(torch::kCPU).contiguous();
  const float* first = weights.data_ptr<float>();
  frames_.Observe(step_, evaluation.validation_accuracy, first);
  if (!is_best && !is_best_held) return;
  const Snapshot taken{step_, evaluation.validation_accuracy, {first, first + weights.numel()}};
  if (is_best) best_ = taken;
  if (is_first_held) held_first_ = taken;
  if (is_best_held) held_best_ = taken;
}

}  // namespace powerdown
