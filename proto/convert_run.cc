#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

std::optional<absl::Time> OptionalTime(bool is_known, const google::protobuf::Timestamp& time) {
  return is_known ? std::make_optional(FromWire(time)) : std::nullopt;
}

void SetMeasured(const Run& run, v1::Run& wire) {
  wire.set_steps(run.steps);
  wire.set_max_steps(run.max_steps);
  if (run.train_accuracy) wire.set_train_accuracy(*run.train_accuracy);
  if (run.validation_accuracy) wire.set_validation_accuracy(*run.validation_accuracy);
  if (run.memorised_step) wire.set_memorised_step(*run.memorised_step);
  if (run.grok_step) wire.set_grok_step(*run.grok_step);
  if (run.stop) {
    wire.mutable_stop()->set_step(run.stop->step);
    wire.mutable_stop()->set_reason(std::string(run.stop->reason.name()));
    wire.mutable_stop()->set_mode(std::string(run.stop->mode.name()));
  }
  if (run.energy) *wire.mutable_energy() = ToWire(*run.energy);
  if (run.co2) wire.set_co2_grams(run.co2->value());
  if (run.cost) *wire.mutable_cost() = ToWire(*run.cost);
}

void GetMeasured(const v1::Run& wire, Run& run) {
  run.steps = wire.steps();
  run.max_steps = wire.max_steps();
  if (wire.has_train_accuracy()) run.train_accuracy = wire.train_accuracy();
  if (wire.has_validation_accuracy()) run.validation_accuracy = wire.validation_accuracy();
  if (wire.has_memorised_step()) run.memorised_step = wire.memorised_step();
  if (wire.has_grok_step()) run.grok_step = wire.grok_step();
  if (wire.has_stop()) {
    run.stop = StopOutcome{.step = wire.stop().step(),
                           .reason = Named<StopReason>::Parse(wire.stop().reason()),
                           .mode = Named<StopMode>::Parse(wire.stop().mode())};
  }
  if (wire.has_energy()) run.energy = FromWire(wire.energy());
  if (wire.has_co2_grams()) run.co2 = GramsCo2(wire.co2_grams());
  if (wire.has_cost()) run.cost = FromWire(wire.cost());
}

}  // namespace

google::protobuf::Timestamp ToWire(absl::Time time) {
  const timespec parts = absl::ToTimespec(time);
  google::protobuf::Timestamp wire;
  wire.set_seconds(parts.tv_sec);
  wire.set_nanos(static_cast<int32_t>(parts.tv_nsec));
  return wire;
}

absl::Time FromWire(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

v1::RunState ToWire(RunState state) {
  switch (state) {
    case RunState::kQueued:
      return v1::RUN_STATE_QUEUED;
    case RunState::kRunning:
      return v1::RUN_STATE_RUNNING;
    case RunState::kPaused:
      return v1::RUN_STATE_PAUSED;
    case RunState::kStopped:
      return v1::RUN_STATE_STOPPED;
    case RunState::kFinished:
      return v1::RUN_STATE_FINISHED;
    case RunState::kFailed:
      return v1::RUN_STATE_FAILED;
    case RunState::kCancelled:
      return v1::RUN_STATE_CANCELLED;
  }
  return v1::RUN_STATE_UNSPECIFIED;
}

absl::StatusOr<RunState> FromWire(v1::RunState state) {
  switch (state) {
    case v1::RUN_STATE_QUEUED:
      return RunState::kQueued;
    case v1::RUN_STATE_RUNNING:
      return RunState::kRunning;
    case v1::RUN_STATE_PAUSED:
      return RunState::kPaused;
    case v1::RUN_STATE_STOPPED:
      return RunState::kStopped;
    case v1::RUN_STATE_FINISHED:
      return RunState::kFinished;
    case v1::RUN_STATE_FAILED:
      return RunState::kFailed;
    case v1::RUN_STATE_CANCELLED:
      return RunState::kCancelled;
    default:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("run state ", static_cast<int>(state),
                                                 " is not known to this program; update it"));
}

v1::AutoStop ToWire(AutoStop mode) {
  switch (mode) {
    case AutoStop::kOff:
      return v1::AUTO_STOP_OFF;
    case AutoStop::kObserve:
      return v1::AUTO_STOP_OBSERVE;
    case AutoStop::kOn:
      return v1::AUTO_STOP_ON;
    case AutoStop::kPlanned:
      return v1::AUTO_STOP_PLANNED;
  }
  return v1::AUTO_STOP_UNSPECIFIED;
}

absl::StatusOr<AutoStop> FromWire(v1::AutoStop mode) {
  switch (mode) {
    case v1::AUTO_STOP_UNSPECIFIED:
      return AutoStop::kOn;
    case v1::AUTO_STOP_OFF:
      return AutoStop::kOff;
    case v1::AUTO_STOP_OBSERVE:
      return AutoStop::kObserve;
    case v1::AUTO_STOP_ON:
      return AutoStop::kOn;
    case v1::AUTO_STOP_PLANNED:
      return AutoStop::kPlanned;
    default:
      break;
  }
  return absl::InvalidArgumentError(absl::StrCat("auto_stop: value is ", static_cast<int>(mode),
                                                 "; allowed: off, observe, on, planned"));
}

v1::Attempt ToWire(const Attempt& attempt) {
  v1::Attempt wire;
  wire.set_attempt(attempt.attempt);
  wire.set_first_step(attempt.first_step);
  wire.set_last_step(attempt.last_step);
  *wire.mutable_started_at() = ToWire(attempt.started_at);
  if (attempt.ended_at) *wire.mutable_ended_at() = ToWire(*attempt.ended_at);
  wire.set_outcome(std::string(attempt.outcome.name()));
  wire.set_reason(attempt.reason);
  return wire;
}

Attempt FromWire(const v1::Attempt& wire) {
  return Attempt{.attempt = wire.attempt(),
                 .first_step = wire.first_step(),
                 .last_step = wire.last_step(),
                 .started_at = FromWire(wire.started_at()),
                 .ended_at = OptionalTime(wire.has_ended_at(), wire.ended_at()),
                 .outcome = Named<AttemptOutcome>::Parse(wire.outcome()),
                 .reason = wire.reason()};
}

v1::Checkpoint ToWire(const Checkpoint& checkpoint) {
  v1::Checkpoint wire;
  wire.set_checkpoint_id(checkpoint.checkpoint_id);
  wire.set_attempt(checkpoint.attempt);
  wire.set_step(checkpoint.step);
  wire.set_label(checkpoint.label);
  wire.set_kind(checkpoint.kind);
  wire.set_sha256(checkpoint.sha256);
  wire.set_bytes(checkpoint.bytes);
  return wire;
}

Checkpoint FromWire(const v1::Checkpoint& wire) {
  return Checkpoint{.checkpoint_id = wire.checkpoint_id(),
                    .attempt = wire.attempt(),
                    .step = wire.step(),
                    .label = wire.label(),
                    .kind = wire.kind(),
                    .sha256 = wire.sha256(),
                    .bytes = wire.bytes(),
                    .file = ""};
}

v1::Run ToWire(const Run& run) {
  v1::Run wire;
  wire.set_run_id(run.run_id);
  wire.set_name(run.name);
  wire.set_owner(run.owner);
  wire.set_state(ToWire(run.state));
  wire.set_state_reason(run.state_reason);
  *wire.mutable_spec() = ToWire(run.spec);
  wire.set_auto_stop(ToWire(run.auto_stop));
  if (run.grok_multiple) wire.set_grok_multiple(*run.grok_multiple);
  wire.mutable_tags()->Add(run.tags.begin(), run.tags.end());
  wire.set_device(run.device);
  wire.set_hardware(run.hardware);
  SetMeasured(run, wire);
  *wire.mutable_factors() = ToWire(run.factors);
  wire.set_comparison_id(run.comparison_id);
  wire.set_is_private(run.is_private);
  wire.set_priority(run.priority);
  if (run.budget) {
    wire.mutable_budget()->set_unit(run.budget->unit);
    wire.mutable_budget()->set_amount(run.budget->amount);
  }
  for (const Attempt& attempt : run.attempts) *wire.add_attempts() = ToWire(attempt);
  for (const Checkpoint& checkpoint : run.checkpoints) {
    *wire.add_checkpoints() = ToWire(checkpoint);
  }
  *wire.mutable_created_at() = ToWire(run.created_at);
  if (run.started_at) *wire.mutable_started_at() = ToWire(*run.started_at);
  if (run.ended_at) *wire.mutable_ended_at() = ToWire(*run.ended_at);
  wire.set_origin(run.origin);
  wire.set_notes(run.notes);
  wire.set_abandon(ToWire(run.abandon));
  wire.set_predictor(run.predictor);
  if (run.forecast) *wire.mutable_forecast() = ToWire(*run.forecast);
  return wire;
}

absl::StatusOr<Run> FromWire(const v1::Run& wire) {
  Run run;
  run.run_id = wire.run_id();
  run.name = wire.name();
  run.owner = wire.owner();
  ASSIGN_OR_RETURN(run.state, FromWire(wire.state()));
  run.state_reason = wire.state_reason();
  run.spec = FromWire(wire.spec());
  ASSIGN_OR_RETURN(run.auto_stop, FromWire(wire.auto_stop()));
  if (wire.has_grok_multiple()) run.grok_multiple = wire.grok_multiple();
  run.tags.assign(wire.tags().begin(), wire.tags().end());
  run.device = wire.device();
  run.hardware = wire.hardware();
  GetMeasured(wire, run);
  run.factors = FromWire(wire.factors());
  run.comparison_id = wire.comparison_id();
  run.is_private = wire.is_private();
  run.priority = wire.priority();
  if (wire.has_budget()) run.budget = Budget{wire.budget().unit(), wire.budget().amount()};
  for (const v1::Attempt& attempt : wire.attempts()) run.attempts.push_back(FromWire(attempt));
  for (const v1::Checkpoint& checkpoint : wire.checkpoints()) {
    run.checkpoints.push_back(FromWire(checkpoint));
  }
  run.created_at = FromWire(wire.created_at());
  run.started_at = OptionalTime(wire.has_started_at(), wire.started_at());
  run.ended_at = OptionalTime(wire.has_ended_at(), wire.ended_at());
  run.origin = wire.origin();
  run.notes = wire.notes();
  ASSIGN_OR_RETURN(run.abandon, AbandonFromWire(wire.abandon()));
  run.predictor = wire.predictor();
  if (wire.has_forecast()) run.forecast = FromWire(wire.forecast());
  return run;
}

}  // namespace powerdown
