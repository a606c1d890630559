#include "proto/fields_wire.h"

namespace powerdown {

v1::Comparison ToWire(const Comparison& comparison) {
  v1::Comparison wire;
  WireWriter::Write(comparison, wire);
  return wire;
}

absl::StatusOr<Comparison> FromWire(const v1::Comparison& wire) {
  return ReadWire<Comparison>(wire);
}

}  // namespace powerdown
