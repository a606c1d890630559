// The daemon's errors as absl statuses, and what the transport says in words for people. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace powerdown {

// Whether the daemon itself gave this status; else it is the transport's: connection lost or
// refused.
bool IsFromDaemon(const grpc::Status& status);

// Whether the connection was lost, or the daemon goes away: worth another try.
bool IsLost(const grpc::Status& status);

// `address` and `timeout` are named where the daemon could not be reached.
absl::Status StatusFromWire(const grpc::Status& status, const std::string& address,
                            absl::Duration timeout);

}  // namespace powerdown
