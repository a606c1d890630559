#include "client/connection/status_from_wire.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace powerdown {
namespace {

// gRPC's "failed to connect to all addresses; last error: UNKNOWN: unix:/x: No such file or
// directory" → its last words. An address of ours in it would be said twice.
absl::string_view Cause(absl::string_view message, absl::string_view address) {
  for (const absl::string_view lead : {"last error: ", "Failed to connect to remote host: "}) {
    const size_t found = message.find(lead);
    if (found != absl::string_view::npos) message.remove_prefix(found + lead.size());
  }
  absl::ConsumePrefix(&message, "UNKNOWN: ");
  if (absl::ConsumePrefix(&message, address)) absl::ConsumePrefix(&message, ": ");
  return message;
}

}  // namespace

bool IsFromDaemon(const grpc::Status& status) {
  return !status.error_details().empty();
}

bool IsLost(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return true;
  if (IsFromDaemon(status)) return false;
  return status.error_code() == grpc::StatusCode::INTERNAL ||
         status.error_code() == grpc::StatusCode::UNKNOWN ||
         status.error_code() == grpc::StatusCode::CANCELLED;
}

absl::Status StatusFromWire(const grpc::Status& status, const std::string& address,
                            absl::Duration timeout) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  if (IsFromDaemon(status)) return absl::Status(code, status.error_message());
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(absl::StrCat(
        "the daemon at ", address, " did not answer within ", absl::FormatDuration(timeout)));
  }
  if (code == absl::StatusCode::kUnimplemented) {
    return absl::UnimplementedError(
        absl::StrCat("the daemon at ", address, " is older than this program; update it"));
  }
  if (IsLost(status)) {
    return absl::UnavailableError(absl::StrCat("cannot reach the daemon at ", address, ": ",
                                               Cause(status.error_message(), address)));
  }
  return absl::Status(code, status.error_message());
}

}  // namespace powerdown
