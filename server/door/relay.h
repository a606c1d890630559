// One connection from outside and its other half, which gRPC serves: opens TLS, lets frames through
// that the guard allows, holds little. Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/platform/descriptor.h"
#include "server/door/frame_guard.h"
#include "server/door/tls_session.h"

namespace powerdown {

class Relay {
 public:
  // Both do not block and outlive the relay, but `inside` is its own. `tls` null: plain.
  Relay(int outside, Descriptor inside, std::unique_ptr<TlsSession> tls, RequestAccounts* accounts,
        const std::string& address)
      : outside_(outside),
        inside_(std::move(inside)),
        tls_(std::move(tls)),
        guard_(accounts, address) {}

  // Moves what can be moved now. Cancelled: one side has closed it. Other errors say what the
  // client did.
  absl::Status MoveIn();   // from the client
  absl::Status MoveOut();  // to the client
  // What to wait for, as for poll.
  short OutsideEvents() const;
  short InsideEvents() const;
  int inside() const { return inside_.number(); }
  FrameGuard& guard() { return guard_; }

 private:
  absl::Status Seal(std::string_view plain);
  absl::Status Flush();

  const int outside_;
  const Descriptor inside_;
  const std::unique_ptr<TlsSession> tls_;
  FrameGuard guard_;
  std::string to_inside_;
  std::string to_outside_;
  bool has_inside_ended_ = false;
};

}  // namespace powerdown
