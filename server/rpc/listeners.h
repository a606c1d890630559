// Where the daemon may listen. gRPC removes an existing socket silently and would share a port, so
// both are checked first. Not thread-safe: called once, before serving.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace powerdown {

// Refuses a path that is too long, is no socket, or that somebody answers on; removes a stale one.
absl::Status PrepareSocket(const std::string& path);

// "127.0.0.1:7000", "localhost:0", "[::1]:0" → the numeric address and port. Anything that is not
// loopback is PermissionDenied.
struct LoopbackAddress {
  std::string host;  // "127.0.0.1" or "[::1]"
  int port = 0;
};
absl::StatusOr<LoopbackAddress> ParseLoopback(const std::string& listen_address);

// Why a bind to it failed, by trying.
absl::Status ExplainSocketFailure(const std::string& path);
absl::Status ExplainPortFailure(const LoopbackAddress& address);

}  // namespace powerdown
