// One training run, step by step. Not thread-safe.
//
// State θ_t is the state after t optimiser updates. Step t: gradient at θ_t; if due, the evaluation
// of θ_t is reported and the stop rule asked; then either the run ends with exactly θ_t, or the
// update makes θ_{t+1}. So training can resume from every end, bit-exactly.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/json_reader.h"
#include "common/forecast/forecaster.h"
#include "common/forecast/stop_rule.h"
#include "common/run/checkpoint_file.h"
#include "common/run/evaluation.h"
#include "common/run/run_enums.h"
#include "common/run/run_spec.h"
#include "common/run/stop_decision.h"
#include "common/run/worker_lines.h"
#include "server/trainer/batches.h"
#include "server/trainer/dataset.h"
#include "server/trainer/feature_schedule.h"
#include "server/trainer/frame_keeper.h"
#include "server/trainer/network/network.h"
#include "server/trainer/network/training.h"

namespace powerdown {

class Trainer {
 public:
  using Say = std::function<void(const WorkerLine&)>;
  using Now = std::function<absl::Duration()>;  // monotonic

  // From the start, or from start.resume_file. InvalidArgument for a spec that cannot be trained,
  // DataLoss or FailedPrecondition for a checkpoint that is damaged or of another spec. A resumed
  // run goes on with the engine that made its checkpoint, on the processor if that one knows no
  // other.
  static absl::StatusOr<std::unique_ptr<Trainer>> Create(StartCommand start, Say say, Now now,
                                                         EngineKind kind = EngineKind::kFastest);

  // Trains until the run ends by itself (true: an EndedLine was said), or for one step (false).
  // Errors (a loss that is no number) end the run and name the step; a full disk ends the attempt
  // only, see is_box_trouble.
  absl::StatusOr<bool> Step();
  // Ends here, after a checkpoint.
  absl::Status End(EndRequest request);

  // Whether the error was that a checkpoint could not be written: training can resume from an
  // earlier one, with the same bits, once the disk takes files again.
  bool is_box_trouble() const { return is_box_trouble_; }

  int64_t step() const { return step_; }
  double StepFlops() const { return training_->StepFlops(); }
  const RunSpec& spec() const { return start_.spec; }
  const Dataset& dataset() const { return dataset_; }
  Training& training() { return *training_; }
  const std::string& device() const { return device_; }

 private:
  // Weights at an evaluation, kept in memory because a grok is only known later.
  struct Snapshot {
    int64_t step = -1;
    double validation_accuracy = -1;
    std::vector<float> weights;
    bool is_set() const { return step >= 0; }
  };

  Trainer(StartCommand start, Say say, Now now, Dataset dataset, std::string device,
          EngineKind kind, std::shared_ptr<const Predictor> predictor);
  static absl::StatusOr<EngineKind> EngineOf(const CheckpointContent& content);
  absl::Status Resume(const CheckpointContent& content);
  absl::Status RestoreOptimizer(const CheckpointContent& content, JsonReader& extra);
  absl::Status RestoreOrder(const CheckpointContent& content, const std::string& order);
  absl::Status RestoreSnapshot(const CheckpointContent& content, JsonReader& extra,
                               const std::string& name, Snapshot& snapshot);
  // The rows of this step's batch; none: all.
  const std::vector<int64_t>& BatchRows();
  // Evaluates where that is due, and says whether the run goes on.
  absl::StatusOr<bool> Look();
  absl::Status Diverged(int64_t step, double loss);
  absl::Status Evaluate();
  void Remember(const Evaluation& evaluation);
  absl::Status OnDecision(const Decision& decision);
  // Reports forecasts, and ends the run where the user asked for that.
  absl::Status Foresee(const StepLine& line);
  absl::Status EndOn(StopReason reason);  // an end that can be taken back
  // Writes the last checkpoints and says `end`, to which it adds the step.
  absl::Status Finish(EndedLine end);
  absl::Status Write(CheckpointLabel label);  // the whole state
  absl::Status WriteSnapshot(CheckpointLabel label, const Snapshot& snapshot);
  void WriteFrames();
  absl::Status WritePeriodic();  // every 30 s of wall time; never touches a random generator
  absl::Status Put(const CheckpointContent& content);
  void Replay(const std::vector<double>& rows, std::vector<double> measures);
  CheckpointContent Content(CheckpointLabel label, int64_t step,
                            absl::Span<const float> weights) const;
  void AddState(CheckpointContent& content) const;
  int64_t Limit() const;
  bool EndsAtStop() const {
    return (start_.auto_stop == AutoStop::kOn || start_.auto_stop == AutoStop::kPlanned) &&
           !start_.take_back_stop;
  }

  const StartCommand start_;
  const Say say_;
  const Now now_;
  const Dataset dataset_;
  const std::string device_;
  const std::unique_ptr<Training> training_;
  BatchOrder batches_;
  std::vector<int64_t> batch_;  // rows of this step's batch; empty: not yet drawn
  EvaluationSchedule schedule_;
  FeatureSchedule feature_schedule_;
  GrokTracker tracker_;
  StopRule rule_;
  Forecaster forecaster_;
  int64_t step_ = 0;
  std::vector<Evaluation> evaluations_;
  std::vector<double> measures_;  // gradient norm, weight norm, sparsity of each evaluation
  bool has_stop_decision_ = false;
  bool has_written_best_ = false;
  bool has_ended_ = false;
  bool is_box_trouble_ = false;
  Named<RuleVerdict> last_verdict_;
  Snapshot held_first_;       // first evaluation of the held window
  Snapshot held_best_;        // best of the held window
  Snapshot best_;             // best of the run
  absl::Duration last_full_;  // when the last full checkpoint was written
  std::string periodic_file_;
  FrameKeeper frames_;
};

}  // namespace powerdown
