// The times that can be stored, sent and shown: those of a google.protobuf.Timestamp, years 1 to
// 9999. Pure.
#pragma once

#include "absl/time/time.h"

namespace powerdown {

inline absl::Time EarliestTime() {
  return absl::FromUnixSeconds(-62'135'596'800);
}
inline absl::Time LatestTime() {
  return absl::FromUnixSeconds(253'402'300'799);
}

}  // namespace powerdown
