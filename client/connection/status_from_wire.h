// Turns gRPC errors, from the daemon or the transport, into absl statuses with readable text. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/status.h"

namespace powerdown {

// Whether the daemon itself returned this status. Else the transport did: connection lost or
// refused.
bool IsFromDaemon(const grpc::Status& status);

// Whether the connection was lost or the daemon is shutting down: worth a retry.
bool IsLost(const grpc::Status& status);

// The text names `address` and `timeout` if the daemon could not be reached.
absl::Status StatusFromWire(const grpc::Status& status, const std::string& address,
                            absl::Duration timeout);

}  // namespace powerdown
