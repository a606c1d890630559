// Common values with every field set to something of its own, and what tests check of messages.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/convert.h"

namespace powerdown {

inline RunSpec FullSpec() {
  RunSpec spec;
  spec.task = "s5";
  spec.modulus = 97;
  spec.train_fraction = 0.1 + 0.2;
  spec.seed = (int64_t{1} << 53) + 1;
  spec.split_seed = 7;
  spec.label_noise = 0.01;
  spec.batch_size = 512;
  spec.evaluate_every = 25;
  spec.table = "a,b,c\nb,a,c\n";
  return spec;
}

inline CommandSpec FullCommand() {
  return {.words = {"python3", "train.py"},
          .directory = "/home/ada",
          .variables = {"SEED"},
          .account = "ada",
          .reports = {"csv:log.csv"},
          .columns = {"validation_accuracy=val_acc"},
          .accuracies = "percent",
          .generalised = "validation_accuracy >= 0.94",
          .stop_signal = StopSignal::kInt,
          .stop_grace_seconds = 5,
          .kills = true,
          .time_limit_seconds = 60,
          .retries = 2,
          .max_steps = 1000,
          .is_attached = true};
}

inline EnergyFigure FullEnergy() {
  return {.gross = Joules(12),
          .net = Joules(5),
          .low = Joules(10),
          .high = Joules(14),
          .baseline = Watts(20),
          .source = "estimate",
          .coverage = 0.9,
          .net_low = Joules(3),
          .net_high = Joules(6),
          .scope = "cpu",
          .estimated = Joules(2)};
}

inline FootprintFactors FullFactors() {
  return {.carbon = {.region = "de",
                     .grams_per_kwh = 342.1,
                     .year = 2024,
                     .source = "Ember",
                     .is_default = true},
          .price = {.per_kwh = 0.4,
                    .currency = "EUR",
                    .year = 2023,
                    .source = "a bill",
                    .is_default = true},
          .pue = 1.2,
          .rent_per_hour = 0.8};
}

inline Run FullRun() {
  Run run;
  run.run_id = "01run";
  run.short_id = "128";
  run.name = "addition mod 59";
  run.owner = "ada";
  run.is_private = true;
  run.priority = 3;
  run.budget = Budget{.unit = "gCO2", .amount = 2.5};
  run.state = RunState::kStopped;
  run.state_reason = "grokked";
  run.origin = "imported";
  run.notes = "slow";
  run.abandon = AutoStop::kObserve;
  run.predictor = "26f7";
  run.forecast = Forecast{.made_at_step = 100,
                          .grok_step = 650,
                          .bands = {{0.8, 500, 900}},
                          .will_grok_probability = 0.9,
                          .model = "cure-1",
                          .is_unfamiliar = true,
                          .leans_on = {"01k9"}};
  run.first_forecast = run.forecast;
  run.spec = FullSpec();
  run.command = FullCommand();
  run.auto_stop = AutoStop::kObserve;
  run.grok_multiple = 1.32;
  run.tags = {"paper", "first"};
  run.device = "cpu";
  run.hardware = "2 cores";
  run.steps = 900;
  run.max_steps = 1500;
  run.train_accuracy = 1;
  run.validation_accuracy = 0.995;
  run.memorised_step = 120;
  run.grok_step = 700;
  run.stop = StopOutcome{.step = 900, .reason = StopReason::kGrokked, .mode = StopMode::kObserve};
  run.energy = FullEnergy();
  run.co2 = GramsCo2(0.5);
  run.cost = Money{.amount = 0.001, .currency = "EUR"};
  run.factors = FullFactors();
  run.comparison_id = "01comparison";
  run.attempts = {{.attempt = 1,
                   .first_step = 10,
                   .last_step = 20,
                   .started_at = absl::FromUnixMicros(1'700'000'000'000'001),
                   .ended_at = absl::FromUnixMicros(1'700'000'001'000'001),
                   .outcome = AttemptOutcome::kInterrupted,
                   .reason = "worker killed by signal 9 at step 20"}};
  run.checkpoints = {{.checkpoint_id = "01checkpoint",
                      .attempt = 1,
                      .step = 120,
                      .label = CheckpointLabel::kMemorised,
                      .kind = CheckpointKind::kFull,
                      .sha256 = "ab12",
                      .bytes = 4096,
                      .file = ""}};
  run.created_at = absl::FromUnixMicros(1'700'000'000'000'000);
  run.started_at = absl::FromUnixMicros(1'700'000'000'500'000);
  run.ended_at = absl::FromUnixMicros(1'700'000'002'000'000);
  return run;
}

// Fails naming the first field that the conversion left out.
inline void ExpectEveryFieldIsSet(const google::protobuf::Message& message) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    if (field->is_repeated()) {
      ASSERT_GT(reflection->FieldSize(message, field), 0) << field->full_name();
    } else {
      ASSERT_TRUE(reflection->HasField(message, field)) << field->full_name();
    }
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE ||
        field->message_type()->full_name() == "google.protobuf.Timestamp") {
      continue;
    }
    ExpectEveryFieldIsSet(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, 0)
                                               : reflection->GetMessage(message, field));
  }
}

inline bool Equal(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

// As it arrives: written and read again.
template <typename Message>
Message Sent(const Message& message) {
  Message received;
  received.ParseFromString(message.SerializeAsString());
  return received;
}

}  // namespace powerdown
