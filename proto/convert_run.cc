#include "proto/fields_wire.h"

namespace powerdown {
namespace {

template <typename Wire, typename T>
Wire Written(const T& value) {
  Wire wire;
  WireWriter::Write(value, wire);
  return wire;
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
  return static_cast<v1::RunState>(WireNumber(*v1::RunState_descriptor(), NameOf(state)));
}

absl::StatusOr<RunState> FromWire(v1::RunState state) {
  ASSIGN_OR_RETURN(const std::string word, WordOf(*v1::RunState_descriptor(), state));
  return ParseNamed<RunState>(word);
}

v1::AutoStop ToWire(AutoStop mode) {
  return static_cast<v1::AutoStop>(WireNumber(*v1::AutoStop_descriptor(), NameOf(mode)));
}

absl::StatusOr<AutoStop> FromWire(v1::AutoStop mode) {
  if (mode == v1::AUTO_STOP_UNSPECIFIED) return AutoStop::kOn;
  ASSIGN_OR_RETURN(const std::string word, WordOf(*v1::AutoStop_descriptor(), mode));
  return ParseNamed<AutoStop>(word);
}

absl::StatusOr<AutoStop> AbandonFromWire(v1::AutoStop mode) {
  if (mode == v1::AUTO_STOP_UNSPECIFIED) return AutoStop::kOff;
  if (mode != v1::AUTO_STOP_PLANNED) return FromWire(mode);
  return absl::InvalidArgumentError("abandon: value is planned; allowed: off, observe, on");
}

v1::Energy ToWire(const EnergyFigure& energy) {
  return Written<v1::Energy>(energy);
}

EnergyFigure FromWire(const v1::Energy& wire) {
  return *ReadWire<EnergyFigure>(wire);
}

v1::Money ToWire(const Money& money) {
  return Written<v1::Money>(money);
}

Money FromWire(const v1::Money& wire) {
  return *ReadWire<Money>(wire);
}

v1::Factors ToWire(const FootprintFactors& factors) {
  return Written<v1::Factors>(factors);
}

FootprintFactors FromWire(const v1::Factors& wire) {
  return *ReadWire<FootprintFactors>(wire);
}

v1::Forecast ToWire(const Forecast& forecast) {
  return Written<v1::Forecast>(forecast);
}

Forecast FromWire(const v1::Forecast& wire) {
  return *ReadWire<Forecast>(wire);
}

v1::Attempt ToWire(const Attempt& attempt) {
  return Written<v1::Attempt>(attempt);
}

Attempt FromWire(const v1::Attempt& wire) {
  return *ReadWire<Attempt>(wire);
}

v1::Checkpoint ToWire(const Checkpoint& checkpoint) {
  return Written<v1::Checkpoint>(checkpoint);
}

Checkpoint FromWire(const v1::Checkpoint& wire) {
  return *ReadWire<Checkpoint>(wire);
}

v1::CommandSpec ToWire(const CommandSpec& command) {
  return Written<v1::CommandSpec>(command);
}

absl::StatusOr<CommandSpec> FromWire(const v1::CommandSpec& wire) {
  return ReadWire<CommandSpec>(wire);
}

v1::Attachment ToWire(const Attachment& attached) {
  return Written<v1::Attachment>(attached);
}

absl::StatusOr<Attachment> FromWire(const v1::Attachment& wire) {
  return ReadWire<Attachment>(wire);
}

v1::Run ToWire(const Run& run) {
  return Written<v1::Run>(run);
}

absl::StatusOr<Run> FromWire(const v1::Run& wire) {
  return ReadWire<Run>(wire);
}

}  // namespace powerdown
