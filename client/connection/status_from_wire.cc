#include "client/connection/status_from_wire.h"


#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace powerdown {
namespace {

// "failed to connect to all addresses; last error: UNKNOWN: No such file or directory" → its end.
absl::string_view Cause(absl::string_view message) {
  constexpr absl::string_view kLead = "last error: ";
  if (const size_t lead = message.find(kLead); lead != absl::string_view::npos) {
    message.remove_prefix(lead + kLead.size());
    absl::ConsumePrefix(&message, "UNKNOWN: ");
    absl::ConsumePrefix(&message, "UNAVAILABLE: ");
  }
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
    return absl::UnavailableError(
        absl::StrCat("cannot reach the daemon at ", address, ": ", Cause(status.error_message())));
  }
  return absl::Status(code, status.error_message());
}

}  // namespace powerdown
