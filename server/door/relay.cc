#include "server/door/relay.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/base/status.h"

namespace powerdown {
namespace {

// Bytes received; 0 when there are none now; Cancelled when none will come.
absl::StatusOr<size_t> ReceiveFrom(int number, char* bytes, size_t most) {
  const ssize_t count = recv(number, bytes, most, 0);
  if (count > 0) return static_cast<size_t>(count);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return absl::CancelledError("closed");
}

absl::Status SendTo(int number, std::string& bytes) {
  if (bytes.empty()) return absl::OkStatus();
  const ssize_t count = send(number, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count < 0) {
    return errno == EAGAIN || errno == EINTR ? absl::OkStatus() : absl::CancelledError("closed");
  }
  if (static_cast<size_t>(count) == bytes.size()) {
    std::string().swap(bytes);  // a connection at rest holds nothing
  } else {
    bytes.erase(0, static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Relay::MoveIn() {
  char piece[kRelayBytes / 4];
  if ((OutsideEvents() & POLLIN) != 0) {
    ASSIGN_OR_RETURN(const size_t count, ReceiveFrom(outside_, piece, sizeof(piece)));
    const std::string_view bytes(piece, count);
    std::string plain;
    const absl::Status received =
        tls_ == nullptr ? absl::OkStatus() : tls_->Receive(bytes, plain, to_outside_);
    absl::Status passed = guard_.FromClient(tls_ == nullptr ? bytes : plain, to_inside_);
    std::string refusals;
    guard_.TakeRefusals(refusals);
    RETURN_IF_ERROR(Seal(refusals));
    if (passed.ok()) passed = received;
    if (!passed.ok()) {
      Flush().IgnoreError();  // the client may learn why
      return passed;
    }
  }
  return Flush();
}

absl::Status Relay::MoveOut() {
  if ((InsideEvents() & POLLIN) != 0) {
    char piece[kRelayBytes];
    const absl::StatusOr<size_t> count = ReceiveFrom(inside_.number(), piece, sizeof(piece));
    has_inside_ended_ = !count.ok();
    std::string plain;
    if (count.ok()) guard_.FromServer(std::string_view(piece, *count), plain);
    RETURN_IF_ERROR(Seal(plain));
  }
  RETURN_IF_ERROR(Flush());
  return has_inside_ended_ && to_outside_.empty() ? absl::CancelledError("closed")
                                                  : absl::OkStatus();
}

absl::Status Relay::Seal(std::string_view plain) {
  if (tls_ != nullptr) return tls_->Send(plain, to_outside_);
  to_outside_ += plain;
  return absl::OkStatus();
}

absl::Status Relay::Flush() {
  RETURN_IF_ERROR(SendTo(inside_.number(), to_inside_));
  return SendTo(outside_, to_outside_);
}

short Relay::OutsideEvents() const {
  const bool takes_more = to_inside_.size() < kRelayBytes && to_outside_.size() < kRelayBytes;
  return static_cast<short>((takes_more ? POLLIN : 0) | (to_outside_.empty() ? 0 : POLLOUT));
}

short Relay::InsideEvents() const {
  // gRPC speaks first; what it says waits until the handshake is over.
  const bool can_seal = tls_ == nullptr || tls_->IsEstablished();
  const bool takes_more = can_seal && to_outside_.size() < kRelayBytes && !has_inside_ended_;
  return static_cast<short>((takes_more ? POLLIN : 0) | (to_inside_.empty() ? 0 : POLLOUT));
}

}  // namespace powerdown
