// Where the daemon may listen. gRPC removes an existing socket silently, so that is checked first.
// Not thread-safe: called once, before serving.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"

namespace powerdown {

// Refuses a path that is too long, is no socket, or that somebody answers on; removes a stale one.
absl::Status PrepareSocket(const std::string& path);

// "127.0.0.1:7000", "localhost:0", "0.0.0.0:7000", "[::1]:0" → the numeric address and port.
struct ListenAddress {
  std::string host;  // "127.0.0.1" or "[::1]"
  int port = 0;
};
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);
bool IsWildcard(const ListenAddress& address);

struct TcpListener {
  Descriptor descriptor;  // does not block
  ListenAddress address;  // with the port that was bound
};
// FailedPrecondition names address and cause.
absl::StatusOr<TcpListener> OpenTcpListener(const std::string& address);

}  // namespace powerdown
