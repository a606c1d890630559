// Accepts connections on a unix socket and asks the kernel which account is behind each
// (SO_PEERCRED, which gRPC 1.51 does not show). The daemon's own account and root are served by
// gRPC directly, as "fd:N", and nobody else has such a name; other accounts go through the door.
// Thread-safe once started.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"
#include "server/door/descriptor_plan.h"
#include "server/door/door.h"

namespace grpc {
class Server;
}

namespace powerdown {

class UnixListener {
 public:
  // Listens on `path` with that mode. FailedPrecondition names path and cause.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Open(const std::string& path, mode_t mode,
                                                            const DescriptorPlan& plan);
  ~UnixListener();  // stops, and removes the socket
  void Start(grpc::Server* server, Door* door);
  void Stop();  // no connection is accepted any longer

 private:
  UnixListener(std::string path, int listener, const DescriptorPlan& plan);
  void Accept(grpc::Server* server, Door* door);
  // False when there is nothing to accept now.
  bool AcceptOne(grpc::Server* server, Door* door);
  // The connection under a number that is kept for these; none when all are in use.
  Descriptor Renumber(const Descriptor& connection) const;

  const std::string path_;
  const DescriptorPlan plan_;
  Descriptor listener_;
  const Descriptor stop_event_;
  Descriptor spare_;  // given up to accept and refuse when there are no others
  std::thread thread_;
};

}  // namespace powerdown
