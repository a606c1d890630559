#include "proto/convert_summary.h"

#include "proto/fields_wire.h"

namespace powerdown {

v1::RunOverview ToWire(const RunOverview& overview) {
  v1::RunOverview wire;
  WireWriter::Write(overview, wire);
  return wire;
}

absl::StatusOr<RunOverview> FromWire(const v1::RunOverview& wire) {
  return ReadWire<RunOverview>(wire);
}

}  // namespace powerdown
