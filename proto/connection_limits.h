// What client and server agree on for every gRPC connection.
#pragma once

#include "grpcpp/support/channel_arguments.h"

namespace powerdown {

// A bundle of runs is one message, whether it is exported or imported.
inline constexpr int kMostMessageBytes = 64 * 1024 * 1024;

// Finds an end that is gone without a word, such as a suspended laptop, within 40 s. Both ends must
// agree, or the client is cut off for pinging too much (grpc/grpc#33661). `set` takes the name of a
// channel argument and its value.
template <typename Set>
void SetKeepalive(const Set& set) {
  set(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

}  // namespace powerdown
