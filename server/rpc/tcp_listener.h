// Accepts TCP connections, looks at the first byte of each and hands those that begin a TLS
// handshake to gRPC. gRPC itself would not report the others and would wait for silent ones.
// Thread-safe once started.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "grpcpp/server_builder.h"
#include "server/rpc/listeners.h"

namespace powerdown {

class TcpListener {
 public:
  // Called for each connection that is refused, from the listener's thread.
  using OnRefused = std::function<void(const std::string& peer, const std::string& why)>;

  // FailedPrecondition names address and cause.
  static absl::StatusOr<std::unique_ptr<TcpListener>> Open(const ListenAddress& address);
  ~TcpListener();  // stops
  int port() const { return port_; }
  // `acceptor` is one of gRPC's server with TLS credentials, which has started.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor,
             OnRefused on_refused);
  void Stop();  // no connection is accepted any longer

 private:
  TcpListener(int listener, int port);

  const int listener_;
  const int port_;
  const int stop_event_;
  std::thread thread_;
};

}  // namespace powerdown
