// Accepts connections on a unix socket, notes which account is behind each (SO_PEERCRED, which
// gRPC 1.51 does not show), and hands them to gRPC. Thread-safe once started.
//
// gRPC names such a connection "fd:N". A number is used again once its connection has closed, so
// each account has numbers of its own: a late call of a closed connection is then still attributed
// to the right account.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/rpc/gate.h"

namespace grpc {
class Server;
}

namespace powerdown {

class UnixListener {
 public:
  // Listens on `path` with that mode. FailedPrecondition names path and cause.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Open(const std::string& path, mode_t mode);
  ~UnixListener();  // stops, and removes the socket
  void Start(grpc::Server* server);
  void Stop();  // no connection is accepted any longer
  std::optional<LocalPeer> Find(const std::string& peer) const;

 private:
  UnixListener(std::string path, int listener);
  void Accept(grpc::Server* server);
  // The connection under a number of its account's; -1 when the account has too many.
  int Renumber(int connection, uid_t account);
  std::optional<int> FirstNumberOf(uid_t account);

  const std::string path_;
  const int listener_;
  const int stop_event_;
  const int first_number_;
  const int last_number_;
  std::thread thread_;
  mutable absl::Mutex mutex_;
  std::map<uid_t, int> first_numbers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
