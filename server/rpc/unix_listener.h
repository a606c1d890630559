// Accepts connections on a unix socket and asks the kernel which account is behind each
// (SO_PEERCRED, which gRPC 1.51 does not show). The daemon's own account and root are served by
// gRPC directly, as "fd:N", and nobody else has such a name; other accounts go through the door.
// Thread-safe once started.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
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
  // Once started: listens anew on the same path, from which the socket was removed. Who is
  // connected, or was about to be, stays so.
  absl::Status Rebind();
  void Stop();  // no connection is accepted any longer

 private:
  // A socket's file, which another program may have put in the place of ours.
  struct File {
    dev_t device = 0;
    ino_t inode = 0;
  };
  struct Bound {
    Descriptor listener;
    File file;
  };
  static absl::StatusOr<Bound> Bind(const std::string& path, mode_t mode);

  UnixListener(std::string path, mode_t mode, Bound bound, const DescriptorPlan& plan);
  void Wake();
  void Accept(grpc::Server* server, Door* door);
  // False when there is nothing to accept now.
  bool AcceptOne(grpc::Server* server, Door* door);
  // The connection under a number that is kept for these; none when all are in use.
  Descriptor Renumber(const Descriptor& connection) const;

  const std::string path_;
  const mode_t mode_;
  const DescriptorPlan plan_;
  Descriptor listener_;  // the thread's, while there is one
  const Descriptor wake_event_;
  Descriptor spare_;  // given up to accept and refuse when there are no others
  std::thread thread_;
  absl::Mutex mutex_;
  File file_ ABSL_GUARDED_BY(mutex_);
  Descriptor next_listener_ ABSL_GUARDED_BY(mutex_);  // for the thread to take
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace powerdown
