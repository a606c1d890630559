#include "server/rpc/listeners.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/pairing.h"
#include "common/base/status.h"
#include "common/platform/descriptor.h"

namespace powerdown {
namespace {

constexpr int kBacklog = 128;

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

bool AnswersOn(const std::string& path) {
  const Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = UnixAddress(path);
  return connect(client.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
         0;
}

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

}  // namespace

absl::Status PrepareSocket(const std::string& path) {
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kLongest) {
    return absl::InvalidArgumentError(absl::StrCat("socket path ", path, " has ", path.size(),
                                                   " bytes; the limit is ", kLongest,
                                                   "; choose a shorter path with --socket"));
  }
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return absl::OkStatus();
  if (!S_ISSOCK(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on unix:", path, ": a file that is not a socket is there"));
  }
  if (AnswersOn(path)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on unix:", path, ": the socket is in use by another program"));
  }
  if (unlink(path.c_str()) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("cannot remove the stale socket ", path, ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  absl::StatusOr<HostPort> parsed = ParseHostPort(text);
  sockaddr_storage ignored = {};
  if (parsed.ok() && parsed->host == "localhost") parsed->host = "127.0.0.1";
  const bool is_ipv6 = parsed.ok() && inet_pton(AF_INET6, parsed->host.c_str(), &ignored) == 1;
  const bool is_ipv4 = parsed.ok() && inet_pton(AF_INET, parsed->host.c_str(), &ignored) == 1;
  if (!is_ipv4 && !is_ipv6) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: value is ", text,
                     "; allowed: ADDRESS:PORT with a numeric address of this machine, e.g. "
                     "127.0.0.1:0, 0.0.0.0:7000 or [::1]:7000"));
  }
  return ListenAddress{is_ipv6 ? absl::StrCat("[", parsed->host, "]") : parsed->host, parsed->port};
}

bool IsWildcard(const ListenAddress& address) {
  return address.host == "0.0.0.0" || address.host == "[::]";
}

absl::StatusOr<TcpListener> OpenTcpListener(const std::string& text) {
  ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(text));
  SocketAddress wanted = AddressOf(address);
  TcpListener made{
      Descriptor(socket(wanted.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      address};
  const int listener = made.descriptor.number();
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  SocketAddress bound;
  if (bind(listener, wanted.get(), wanted.size) != 0 || listen(listener, kBacklog) != 0 ||
      getsockname(listener, bound.get(), &bound.size) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on ", address.host, ":", address.port, ": ",
                     errno == EADDRINUSE ? "address already in use; choose another port or 0"
                                         : strerror(errno)));
  }
  made.address.port = PortOf(bound);
  return made;
}

}  // namespace powerdown
