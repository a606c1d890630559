// How a run's state becomes a checkpoint and comes back.
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/json.h"
#include "common/base/json_fwd.h"
#include "common/base/status.h"
#include "common/run/evaluation.h"
#include "common/run/run.h"
#include "common/run/run_spec.h"
#include "common/run/stop_decision.h"
#include "server/trainer/checkpoint_store.h"
#include "server/trainer/trainer.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(30);
constexpr int64_t kEvaluationColumns = 5;
constexpr size_t kMeasures = 3;
constexpr char kOptimizerPrefix[] = "optimizer.";
constexpr size_t kMostNameBytes = 32;  // of an unknown engine, in a message

template <typename T>
CheckpointTensor MakeTensor(const std::string& name, const char* dtype, std::vector<int64_t> shape,
                            const T* values, size_t count) {
  CheckpointTensor tensor{name, dtype, std::move(shape), {}};
  tensor.bytes.assign(reinterpret_cast<const char*>(values), count * sizeof(T));
  return tensor;
}

template <typename T>
CheckpointTensor VectorTensor(const std::string& name, const char* dtype,
                              const std::vector<T>& values) {
  return MakeTensor(name, dtype, {static_cast<int64_t>(values.size())}, values.data(),
                    values.size());
}

template <typename T>
std::vector<T> Values(const CheckpointTensor& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(T));
  return values;
}

const CheckpointTensor* FindTensor(const CheckpointContent& content, const std::string& name) {
  for (const CheckpointTensor& tensor : content.tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

absl::Status Damaged(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("checkpoint is damaged: ", why));
}

absl::StatusOr<std::vector<float>> Floats(const CheckpointContent& content, const std::string& name,
                                          int64_t count) {
  const CheckpointTensor* tensor = FindTensor(content, name);
  if (tensor == nullptr || tensor->dtype != "f32" ||
      tensor->bytes.size() != static_cast<size_t>(count) * sizeof(float)) {
    return Damaged(absl::StrCat(name, " is missing or of another size"));
  }
  return Values<float>(*tensor);
}

std::vector<double> Row(const Evaluation& evaluation) {
  return {static_cast<double>(evaluation.step), evaluation.train_loss.value_or(std::nan("")),
          evaluation.train_accuracy, evaluation.validation_loss.value_or(std::nan("")),
          evaluation.validation_accuracy};
}

}  // namespace

CheckpointContent Trainer::Content(CheckpointLabel label, int64_t step,
                                   absl::Span<const float> weights) const {
  CheckpointContent content;
  content.spec = start_.spec;
  content.step = step;
  content.label = label;
  content.kind = CheckpointKind::kWeights;
  for (const ParameterShape& parameter : training_->parameters()) {
    const auto count = static_cast<size_t>(parameter.size);
    content.tensors.push_back(MakeTensor(std::string(kModelTensorPrefix) + parameter.name, "f32",
                                         parameter.sizes, weights.data(), count));
    weights.remove_prefix(count);
  }
  return content;
}

void Trainer::AddState(CheckpointContent& content) const {
  content.kind = CheckpointKind::kFull;
  const OptimizerState optimizer = training_->GetOptimizerState();
  for (const OptimizerState::Buffer& buffer : optimizer.buffers) {
    content.tensors.push_back(
        VectorTensor(absl::StrCat(kOptimizerPrefix, buffer.name), "f32", buffer.values));
  }
  std::vector<double> rows;
  for (const Evaluation& evaluation : evaluations_) {
    const std::vector<double> row = Row(evaluation);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  content.tensors.push_back(
      MakeTensor("evaluations", "f64",
                 {static_cast<int64_t>(rows.size()) / kEvaluationColumns, kEvaluationColumns},
                 rows.data(), rows.size()));
  content.tensors.push_back(VectorTensor("measures", "f64", measures_));
  Json extra;
  extra["optimizer_steps"] = optimizer.steps;
  extra["engine"] = std::string(NameOf(training_->engine()));
  if (!batches_.is_full_batch()) {
    extra["order"] = batches_.State();
    content.tensors.push_back(VectorTensor("batch", "i64", batch_));
  }
  const auto add = [&](const char* name, const Snapshot& snapshot) {
    if (!snapshot.is_set()) return;
    content.tensors.push_back(
        VectorTensor(std::string("snapshot.") + name, "f32", snapshot.weights));
    extra["snapshots"][name] = {{"step", snapshot.step},
                                {"validation_accuracy", snapshot.validation_accuracy}};
  };
  add("held_first", held_first_);
  add("held_best", held_best_);
  add("best", best_);
  content.extra_json = JsonText(extra);
}

absl::Status Trainer::Write(CheckpointLabel label) {
  CheckpointContent content = Content(label, step_, training_->Weights());
  AddState(content);
  last_full_ = now_();
  return Put(content);
}

absl::Status Trainer::WriteSnapshot(CheckpointLabel label, const Snapshot& snapshot) {
  return Put(Content(label, snapshot.step, snapshot.weights));
}

// Only quizzes read frames, so a frame that cannot be written does not end the run.
void Trainer::WriteFrames() {
  FramesLine line;
  for (const FrameKeeper::Frame& frame : frames_.Take()) {
    const absl::StatusOr<Checkpoint> written = WriteCheckpoint(
        start_.directory, Content(CheckpointLabel::kNone, frame.step, frame.weights),
        CheckpointDurability::kUnsynced);
    if (!written.ok()) {
      spdlog::warn("cannot write a frame for quizzes: {}", std::string(written.status().message()));
      break;
    }
    line.frames.push_back({*written});
  }
  if (!line.frames.empty()) say_(line);
}

absl::Status Trainer::Put(const CheckpointContent& content) {
  const absl::StatusOr<Checkpoint> written = WriteCheckpoint(start_.directory, content);
  if (!written.ok()) {
    is_box_trouble_ =
        absl::IsResourceExhausted(written.status()) || absl::IsUnavailable(written.status());
    return written.status();
  }
  const Checkpoint& checkpoint = *written;
  say_(CheckpointLine{checkpoint});
  if (content.label == CheckpointLabel::kNone) {
    const std::string earlier = std::exchange(periodic_file_, checkpoint.file);
    if (!earlier.empty()) unlink((start_.directory + "/" + earlier).c_str());
  }
  return absl::OkStatus();
}

absl::Status Trainer::WritePeriodic() {
  if (now_() - last_full_ < kPeriod) return absl::OkStatus();
  const absl::Status written = Write(CheckpointLabel::kNone);
  if (written.ok() || !is_box_trouble_) return written;
  // The one before it is still there, and the next one is tried after as long again.
  is_box_trouble_ = false;
  spdlog::warn("no periodic checkpoint: {}", std::string(written.message()));
  return absl::OkStatus();
}

// Checkpoints from before there were engines by tensors do not say: loops made those, where there
// were any.
absl::StatusOr<EngineKind> Trainer::EngineOf(const CheckpointContent& content) {
  const Json extra = ParseJsonObject(content.extra_json).value_or(Json());
  if (!extra.is_object() || !extra.contains("engine")) return EngineKind::kLoops;
  JsonReader reader(extra);
  const std::string name = reader.Text("engine");
  if (!reader.status().ok()) return Damaged(reader.status().message());
  if (const std::optional<EngineKind> kind = FindNamed<EngineKind>(name)) return *kind;
  return absl::FailedPreconditionError(
      absl::StrCat("this checkpoint was made by an engine that this program does not have: ",
                   absl::CHexEscape(name.substr(0, kMostNameBytes))));
}

absl::Status Trainer::Resume(const CheckpointContent& content) {
  RunSpec spec = content.spec;
  spec.max_steps = start_.spec.max_steps;  // a run may go on with another step limit
  if (content.kind != CheckpointKind::kFull) {
    return absl::FailedPreconditionError(
        "this checkpoint has weights only; training cannot resume from it");
  }
  if (spec != start_.spec)
    return absl::FailedPreconditionError("this checkpoint was made with another spec");
  ASSIGN_OR_RETURN(const std::vector<float> weights, WeightsOf(content, training_->parameters()));
  training_->SetWeights(weights);
  const Json extra = ParseJsonObject(content.extra_json).value_or(Json());
  if (!extra.is_object()) return Damaged("the optimiser's state is missing");
  JsonReader reader(extra);
  RETURN_IF_ERROR(RestoreOptimizer(content, reader));
  step_ = content.step;
  if (!batches_.is_full_batch()) RETURN_IF_ERROR(RestoreOrder(content, reader.Text("order")));
  RETURN_IF_ERROR(RestoreSnapshot(content, reader, "held_first", held_first_));
  RETURN_IF_ERROR(RestoreSnapshot(content, reader, "held_best", held_best_));
  RETURN_IF_ERROR(RestoreSnapshot(content, reader, "best", best_));
  if (!reader.status().ok()) return Damaged(reader.status().message());
  const CheckpointTensor* evaluations = FindTensor(content, "evaluations");
  if (evaluations == nullptr || evaluations->dtype != "f64" ||
      evaluations->bytes.size() % (kEvaluationColumns * sizeof(double)) != 0) {
    return Damaged("evaluations are missing or of another size");
  }
  // Checkpoints from before there were forecasts have no measures.
  const CheckpointTensor* measures = FindTensor(content, "measures");
  if (measures != nullptr && measures->dtype != "f64") return Damaged("measures are not doubles");
  Replay(Values<double>(*evaluations),
         measures != nullptr ? Values<double>(*measures) : std::vector<double>());
  return absl::OkStatus();
}

absl::Status Trainer::RestoreOptimizer(const CheckpointContent& content, JsonReader& extra) {
  OptimizerState state = training_->GetOptimizerState();
  for (OptimizerState::Buffer& buffer : state.buffers) {
    ASSIGN_OR_RETURN(buffer.values, Floats(content, absl::StrCat(kOptimizerPrefix, buffer.name),
                                           training_->size()));
  }
  state.steps = extra.Whole("optimizer_steps");
  training_->SetOptimizerState(state);
  return absl::OkStatus();
}

absl::Status Trainer::RestoreOrder(const CheckpointContent& content, const std::string& order) {
  const absl::Status restored = batches_.Restore(order);
  if (!restored.ok()) return Damaged(restored.message());
  const CheckpointTensor* batch = FindTensor(content, "batch");
  if (batch == nullptr || batch->dtype != "i64") return Damaged("batch is missing");
  batch_ = Values<int64_t>(*batch);
  for (const int64_t row : batch_) {
    if (row < 0 || row >= dataset_.train.size())
      return Damaged("batch has a row that is not in the table");
  }
  return absl::OkStatus();
}

absl::Status Trainer::RestoreSnapshot(const CheckpointContent& content, JsonReader& extra,
                                      const std::string& name, Snapshot& snapshot) {
  const std::string tensor = "snapshot." + name;
  if (FindTensor(content, tensor) == nullptr) return absl::OkStatus();
  const Json& about = extra.Object("snapshots");
  if (!about.is_object() || !about.contains(name)) return Damaged(tensor + " has no step");
  JsonReader reader(about[name]);
  snapshot.step = reader.Whole("step");
  snapshot.validation_accuracy = reader.Real("validation_accuracy");
  if (!reader.status().ok()) return Damaged(reader.status().message());
  ASSIGN_OR_RETURN(snapshot.weights, Floats(content, tensor, training_->size()));
  return absl::OkStatus();
}

void Trainer::Replay(const std::vector<double>& rows, std::vector<double> measures) {
  measures.resize(rows.size() / kEvaluationColumns * kMeasures, std::nan(""));
  measures_ = std::move(measures);
  for (size_t i = 0; i + kEvaluationColumns <= rows.size(); i += kEvaluationColumns) {
    const Evaluation evaluation{static_cast<int64_t>(rows[i]), rows[i + 1], rows[i + 2],
                                rows[i + 3], rows[i + 4]};
    evaluations_.push_back(evaluation);
    tracker_.Observe(evaluation);
    schedule_.Observe(evaluation);
    feature_schedule_.IsDue(evaluation.step);
    StepReport report;
    report.evaluation = evaluation;
    const double* measured = &measures_[i / kEvaluationColumns * kMeasures];
    report.gradient_norm = measured[0];
    report.weight_norm = measured[1];
    report.activation_sparsity = measured[2];
    forecaster_.Observe(report);
    if (start_.auto_stop == AutoStop::kOff) continue;
    const Decision decision = rule_.Observe(evaluation);
    last_verdict_ = decision.verdict;
    has_stop_decision_ = has_stop_decision_ || decision.stop;
  }
  has_written_best_ = has_stop_decision_;
}

}  // namespace powerdown
