#include <variant>

#include "proto/convert_report.h"
#include "proto/fields_wire.h"

namespace powerdown {

// By hand, not by its list of fields: a watcher may be sent a million reports, and the accessors
// are faster than reflection. Tests compare both with the list.
void WriteWire(const StepReport& report, v1::StepReport& wire) {
  wire.set_revision(report.revision);
  wire.set_run_id(report.run_id);
  wire.set_attempt(report.attempt);
  const timespec time = absl::ToTimespec(report.time);
  wire.mutable_time()->set_seconds(time.tv_sec);
  wire.mutable_time()->set_nanos(static_cast<int32_t>(time.tv_nsec));
  wire.set_step(report.evaluation.step);
  // The message may have held another report before.
  const auto set = [&](const std::optional<double>& value, void (v1::StepReport::*put)(double),
                       void (v1::StepReport::*clear)()) {
    if (value) (wire.*put)(*value);
    if (!value) (wire.*clear)();
  };
  set(report.evaluation.train_loss, &v1::StepReport::set_train_loss,
      &v1::StepReport::clear_train_loss);
  wire.set_train_accuracy(report.evaluation.train_accuracy);
  set(report.evaluation.validation_loss, &v1::StepReport::set_validation_loss,
      &v1::StepReport::clear_validation_loss);
  wire.set_validation_accuracy(report.evaluation.validation_accuracy);
  set(report.gradient_norm, &v1::StepReport::set_gradient_norm,
      &v1::StepReport::clear_gradient_norm);
  set(report.weight_norm, &v1::StepReport::set_weight_norm, &v1::StepReport::clear_weight_norm);
  set(report.activation_sparsity, &v1::StepReport::set_activation_sparsity,
      &v1::StepReport::clear_activation_sparsity);
  wire.clear_power_watts();
  wire.clear_energy_joules();
  if (report.power) wire.set_power_watts(report.power->value());
  if (report.energy) wire.set_energy_joules(report.energy->value());
  wire.set_metrics_json(report.metrics_json);
}

v1::StepReport ToWire(const StepReport& report) {
  v1::StepReport wire;
  WriteWire(report, wire);
  return wire;
}

StepReport FromWire(const v1::StepReport& wire) {
  StepReport report;
  report.revision = wire.revision();
  report.run_id = wire.run_id();
  report.attempt = wire.attempt();
  report.time = FromWire(wire.time());
  const auto known = [](bool is_set, double value) {
    return is_set ? std::optional(value) : std::nullopt;
  };
  report.evaluation = {.step = wire.step(),
                       .train_loss = known(wire.has_train_loss(), wire.train_loss()),
                       .train_accuracy = wire.train_accuracy(),
                       .validation_loss = known(wire.has_validation_loss(), wire.validation_loss()),
                       .validation_accuracy = wire.validation_accuracy()};
  report.gradient_norm = known(wire.has_gradient_norm(), wire.gradient_norm());
  report.weight_norm = known(wire.has_weight_norm(), wire.weight_norm());
  report.activation_sparsity = known(wire.has_activation_sparsity(), wire.activation_sparsity());
  if (wire.has_power_watts()) report.power = Watts(wire.power_watts());
  if (wire.has_energy_joules()) report.energy = Joules(wire.energy_joules());
  report.metrics_json = wire.metrics_json();
  return report;
}

v1::RunEvent ToWire(const RunEvent& event) {
  v1::RunEvent wire;
  WireWriter::Write(event, wire);
  return wire;
}

RunEvent FromWire(const v1::RunEvent& wire) {
  return *ReadWire<RunEvent>(wire);
}

v1::RunUpdate ToWire(const RunUpdate& update) {
  v1::RunUpdate wire;
  if (const auto* report = std::get_if<StepReport>(&update)) {
    *wire.mutable_report() = ToWire(*report);
  } else {
    *wire.mutable_event() = ToWire(std::get<RunEvent>(update));
  }
  return wire;
}

std::optional<RunUpdate> FromWire(const v1::RunUpdate& wire) {
  if (wire.has_report()) return FromWire(wire.report());
  if (wire.has_event()) return FromWire(wire.event());
  return std::nullopt;
}

}  // namespace powerdown
