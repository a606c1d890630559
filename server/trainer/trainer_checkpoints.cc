// How a run's state becomes a checkpoint and comes back.
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/run_json.h"
#include "common/status.h"
#include "server/trainer/checkpoint_store.h"
#include "server/trainer/trainer.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(30);
constexpr int64_t kEvaluationColumns = 5;

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

std::vector<double> Row(const Evaluation& evaluation) {
  return {static_cast<double>(evaluation.step), evaluation.train_loss, evaluation.train_accuracy,
          evaluation.validation_loss, evaluation.validation_accuracy};
}

}  // namespace

CheckpointContent Trainer::Content(const std::string& label, int64_t step,
                                   const float* weights) const {
  CheckpointContent content;
  content.spec = start_.spec;
  content.step = step;
  content.label = label;
  content.kind = "weights";
  for (const NamedParameter& parameter : model_->parameters()) {
    const auto count = static_cast<size_t>(parameter.value.numel());
    content.tensors.push_back(MakeTensor(std::string(kModelTensorPrefix) + parameter.name, "f32",
                                         parameter.value.sizes().vec(), weights, count));
    weights += count;
  }
  return content;
}

void Trainer::AddState(CheckpointContent& content) const {
  content.kind = "full";
  content.tensors.push_back(VectorTensor("optimizer.mean", "f32", optimizer_->mean()));
  content.tensors.push_back(VectorTensor("optimizer.square", "f32", optimizer_->square()));
  std::vector<double> rows;
  for (const Evaluation& evaluation : evaluations_) {
    const std::vector<double> row = Row(evaluation);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  content.tensors.push_back(
      MakeTensor("evaluations", "f64",
                 {static_cast<int64_t>(rows.size()) / kEvaluationColumns, kEvaluationColumns},
                 rows.data(), rows.size()));
  Json extra;
  extra["optimizer_steps"] = optimizer_->steps();
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
  content.extra_json = extra.dump();
}

absl::Status Trainer::Write(const std::string& label) {
  const torch::Tensor weights = model_->flat().detach().to(torch::kCPU).contiguous();
  CheckpointContent content = Content(label, step_, weights.data_ptr<float>());
  AddState(content);
  last_full_ = now_();
  return Put(content);
}

absl::Status Trainer::WriteSnapshot(const std::string& label, const Snapshot& snapshot) {
  return Put(Content(label, snapshot.step, snapshot.weights.data()));
}

// A frame that cannot be written is missed by quizzes only: it is no reason to end a run.
void Trainer::WriteFrames() {
  FramesLine line;
  for (const FrameKeeper::Frame& frame : frames_.Take()) {
    const absl::StatusOr<Checkpoint> written =
        WriteCheckpoint(start_.directory, Content("", frame.step, frame.weights.data()),
                        CheckpointDurability::kUnsynced);
    if (!written.ok()) {
      spdlog::warn("no frame for quizzes: {}", std::string(written.status().message()));
      break;
    }
    line.frames.push_back(*written);
  }
  if (!line.frames.empty()) say_(line);
}

absl::Status Trainer::Put(const CheckpointContent& content) {
  ASSIGN_OR_RETURN(const Checkpoint checkpoint, WriteCheckpoint(start_.directory, content));
  say_(CheckpointLine{checkpoint});
  if (content.label.empty()) {
    const std::string earlier = std::exchange(periodic_file_, checkpoint.file);
    if (!earlier.empty()) unlink((start_.directory + "/" + earlier).c_str());
  }
  return absl::OkStatus();
}

absl::Status Trainer::WritePeriodic() {
  if (now_() - last_full_ < kPeriod) return absl::OkStatus();
  return Write("");
}

absl::Status Trainer::Resume(const CheckpointContent& content) {
  const std::string& file = start_.resume_file;
  RunSpec spec = content.spec;
  spec.max_steps = start_.spec.max_steps;  // a longer budget is no other run
  if (content.kind != "full" || spec != start_.spec) {
    return absl::FailedPreconditionError(absl::StrCat(
        file, content.kind != "full" ? ": holds weights only, it cannot be gone on from"
                                     : ": was made by another spec"));
  }
  RETURN_IF_ERROR(LoadWeights(content, *model_));
  const Json extra = Json::parse(content.extra_json, nullptr, false);
  const CheckpointTensor* mean = FindTensor(content, "optimizer.mean");
  const CheckpointTensor* square = FindTensor(content, "optimizer.square");
  const CheckpointTensor* evaluations = FindTensor(content, "evaluations");
  if (!extra.is_object() || mean == nullptr || square == nullptr || evaluations == nullptr) {
    return absl::DataLossError(absl::StrCat(file, ": lacks the optimiser's state"));
  }
  optimizer_->Restore(extra.value("optimizer_steps", int64_t{0}), Values<float>(*mean),
                      Values<float>(*square));
  step_ = content.step;
  if (!batches_.is_full_batch()) {
    RETURN_IF_ERROR(batches_.Restore(extra.value("order", "")));
    if (const CheckpointTensor* batch = FindTensor(content, "batch"))
      batch_ = Values<int64_t>(*batch);
  }
  const auto restore = [&](const char* name, Snapshot& snapshot) {
    const CheckpointTensor* tensor = FindTensor(content, std::string("snapshot.") + name);
    if (tensor == nullptr) return;
    const Json& about = extra["snapshots"][name];
    snapshot = {about.value("step", int64_t{-1}), about.value("validation_accuracy", -1.0),
                Values<float>(*tensor)};
  };
  restore("held_first", held_first_);
  restore("held_best", held_best_);
  restore("best", best_);
  Replay(Values<double>(*evaluations));
  return absl::OkStatus();
}

void Trainer::Replay(const std::vector<double>& rows) {
  for (size_t i = 0; i + kEvaluationColumns <= rows.size(); i += kEvaluationColumns) {
    const Evaluation evaluation{static_cast<int64_t>(rows[i]), rows[i + 1], rows[i + 2],
                                rows[i + 3], rows[i + 4]};
    evaluations_.push_back(evaluation);
    tracker_.Observe(evaluation);
    schedule_.Observe(evaluation);
    if (start_.auto_stop == AutoStop::kOff) continue;
    const Decision decision = rule_.Observe(evaluation);
    last_verdict_ = decision.verdict;
    has_stop_decision_ = has_stop_decision_ || decision.stop;
  }
  has_written_best_ = has_stop_decision_;
}

}  // namespace powerdown
