// The daemon on the wire: services, pools and listeners; nothing else names gRPC on this side.
// Thread-safe but for Start and Shutdown.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/access/certificate.h"
#include "server/door/door.h"
#include "server/rpc/rpc_parts.h"
#include "server/rpc/unix_listener.h"

namespace grpc {
class Channel;
class Server;
}  // namespace grpc

namespace powerdown {

struct ListenAddress;
struct TcpListener;

struct ListenOptions {
  std::string socket_path;  // empty: no unix socket
  unsigned socket_mode = 0600;
  std::string listen_address;  // ADDRESS:PORT, with TLS always; empty: no TCP
  Certificate certificate;     // for TCP
  // What other computers are told to call: HOST:PORT. Empty: the bound address, or the machine's
  // name when that is a wildcard.
  std::string advertise;
};

class RpcServer {
 public:
  // Serves when it returns. An error is one line naming address and cause, and leaves no socket.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(const RpcParts& parts,
                                                          const ListenOptions& listen);
  ~RpcServer();  // shuts down without grace

  // "unix:/path 127.0.0.1:41234"
  const std::string& addresses() const { return addresses_; }
  // What grpc.health.v1.Health says of the daemon.
  void SetServing(bool is_serving);
  // Wakes watchers that have been silent for long, and ends calls that take too long. To be called
  // several times a second, by a thread that waits for nothing else.
  void Tick(Instant now);
  // Listens anew on the unix socket's path, from which it was removed.
  absl::Status RebindSocket();
  // Whether a call or stream is open now, and how many there ever were.
  bool has_calls() const;
  int64_t started_calls() const;
  // Watches get `grace` to send what is durable and end, then calls to be answered; the rest is
  // cancelled.
  void Shutdown(absl::Duration grace);
  // For tests: a channel without a socket.
  std::shared_ptr<grpc::Channel> InProcessChannel();

 private:
  class Services;
  RpcServer(const RpcParts& parts, const ListenOptions& listen);
  absl::Status Bind();
  std::optional<LocalPeer> FindPeer(const std::string& connection) const;
  std::string Advertised(const ListenAddress& address) const;
  void NameTcp(const TcpListener& tcp);

  const RpcParts parts_;
  const ListenOptions listen_;
  std::string addresses_;
  std::atomic<bool> has_in_process_channel_ = false;
  std::unique_ptr<UnixListener> socket_;
  std::unique_ptr<Door> door_;
  const std::unique_ptr<Gate> gate_;
  // The server ends first, whose calls run on the pools, and they before the services they call.
  std::unique_ptr<Services> services_;
  CallPools pools_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace powerdown
