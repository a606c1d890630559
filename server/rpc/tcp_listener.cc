#include "server/rpc/tcp_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace powerdown {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kBacklog = 128;
// A client that knows what it wants says so at once; the slowest link needs a second.
constexpr std::chrono::seconds kLongestSilence{10};
// The oldest of more silent connections makes room, so that they cannot keep others out.
constexpr size_t kMostSilent = 256;
constexpr int kRestMilliseconds = 100;         // after accept failed for want of numbers or memory
constexpr unsigned char kTlsHandshake = 0x16;  // RFC 8446 5.1: the type of a first record

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress AddressOf(const ListenAddress& address) {
  SocketAddress socket_address;
  if (address.host.front() == '[') {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(socket_address.storage);
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(static_cast<uint16_t>(address.port));
    inet_pton(AF_INET6, address.host.substr(1, address.host.size() - 2).c_str(), &ipv6.sin6_addr);
    socket_address.size = sizeof(ipv6);
  } else {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(socket_address.storage);
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(static_cast<uint16_t>(address.port));
    inet_pton(AF_INET, address.host.c_str(), &ipv4.sin_addr);
    socket_address.size = sizeof(ipv4);
  }
  return socket_address;
}

int PortOf(const SocketAddress& address) {
  return ntohs(address.storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

// In gRPC's own form: "ipv4:127.0.0.1:41234".
std::string PeerOf(const SocketAddress& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.storage.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address.storage);
    inet_ntop(AF_INET6, &ipv6.sin6_addr, host, sizeof(host));
    return absl::StrCat("ipv6:[", host, "]:", PortOf(address));
  }
  const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address.storage);
  inet_ntop(AF_INET, &ipv4.sin_addr, host, sizeof(host));
  return absl::StrCat("ipv4:", host, ":", PortOf(address));
}

// Connections that were accepted and have not said anything yet, oldest first.
class SilentConnections {
 public:
  SilentConnections(grpc::experimental::ExternalConnectionAcceptor& acceptor,
                    const TcpListener::OnRefused& on_refused)
      : acceptor_(acceptor), on_refused_(on_refused) {}
  ~SilentConnections() {
    for (const Connection& connection : connections_) close(connection.number);
  }

  void Accept(int listener) {
    SocketAddress peer;
    const int number = accept4(listener, peer.get(), &peer.size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (number < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
        poll(nullptr, 0, kRestMilliseconds);
      }
      return;
    }
    const int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connections_.size() == kMostSilent)
      Refuse(0, "sent nothing, and too many connections are waiting");
    connections_.push_back({number, PeerOf(peer), SteadyClock::now() + kLongestSilence});
  }

  void AddTo(std::vector<pollfd>& events) const {
    for (const Connection& connection : connections_) {
      events.push_back({connection.number, POLLIN, 0});
    }
  }

  // `events` are those that AddTo added.
  void Look(absl::Span<const pollfd> events) {
    for (size_t i = events.size(); i-- > 0;) {
      if (events[i].revents != 0) LookAt(i);
    }
    while (!connections_.empty() && connections_.front().deadline <= SteadyClock::now()) {
      Refuse(0, "sent nothing");
    }
  }

  int MillisecondsToNextDeadline() const {
    if (connections_.empty()) return -1;
    const auto left = connections_.front().deadline - SteadyClock::now();
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(left).count();
    return whole < 0 ? 0 : static_cast<int>(whole) + 1;
  }

 private:
  struct Connection {
    int number;
    std::string peer;
    SteadyClock::time_point deadline;
  };

  void LookAt(size_t i) {
    unsigned char first = 0;
    const ssize_t count = recv(connections_[i].number, &first, 1, MSG_PEEK);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {  // came and went
      close(connections_[i].number);
      Forget(i);
    } else if (first != kTlsHandshake) {
      Refuse(i, "does not speak TLS");
    } else {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = connections_[i].number;
      acceptor_.HandleNewConnection(&connection);
      Forget(i);
    }
  }
  void Refuse(size_t i, const std::string& why) {
    close(connections_[i].number);
    on_refused_(connections_[i].peer, why);
    Forget(i);
  }
  void Forget(size_t i) {
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  grpc::experimental::ExternalConnectionAcceptor& acceptor_;
  const TcpListener::OnRefused& on_refused_;
  std::vector<Connection> connections_;
};

}  // namespace

TcpListener::TcpListener(int listener, int port)
    : listener_(listener), port_(port), stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

absl::StatusOr<std::unique_ptr<TcpListener>> TcpListener::Open(const ListenAddress& address) {
  SocketAddress wanted = AddressOf(address);
  const int listener =
      socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  SocketAddress bound;
  if (bind(listener, wanted.get(), wanted.size) != 0 || listen(listener, kBacklog) != 0 ||
      getsockname(listener, bound.get(), &bound.size) != 0) {
    const int error = errno;
    close(listener);
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on ", address.host, ":", address.port, ": ",
                     error == EADDRINUSE ? "address already in use; choose another port or 0"
                                         : strerror(error)));
  }
  return absl::WrapUnique(new TcpListener(listener, PortOf(bound)));
}

TcpListener::~TcpListener() {
  Stop();
  close(stop_event_);
}

void TcpListener::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor,
                        OnRefused on_refused) {
  thread_ = std::thread([this, acceptor = std::move(acceptor), on_refused = std::move(on_refused)] {
    SilentConnections silent(*acceptor, on_refused);
    for (;;) {
      std::vector<pollfd> events = {{stop_event_, POLLIN, 0}, {listener_, POLLIN, 0}};
      silent.AddTo(events);
      if (poll(events.data(), events.size(), silent.MillisecondsToNextDeadline()) < 0) continue;
      if (events[0].revents != 0) return;
      silent.Look(absl::MakeConstSpan(events).subspan(2));
      if (events[1].revents != 0) silent.Accept(listener_);
    }
  });
}

void TcpListener::Stop() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(stop_event_, &one, sizeof(one));
    thread_.join();
  }
  if (fcntl(listener_, F_GETFD) >= 0) close(listener_);
}

}  // namespace powerdown
