// The one place where errors go onto the wire: each carries one ErrorInfo in the details, which are
// wire-compatible with google.rpc.Status. Pure.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/status.h"

namespace powerdown {

inline constexpr char kErrorDomain[] = "powerdown";

// What an error's message names, for programs to read.
using ErrorMetadata = std::map<std::string, std::string>;

// `reason` is the name of the code ("NOT_FOUND"). Long texts are cut: trailers hold few kilobytes.
grpc::Status ToGrpcStatus(const absl::Status& status, const ErrorMetadata& metadata = {});

// The ids that a request names: its fields run_id and comparison_id, where it has them.
ErrorMetadata IdentifiersOf(const google::protobuf::Message& request);

}  // namespace powerdown
