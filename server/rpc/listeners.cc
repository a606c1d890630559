#include "server/rpc/listeners.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

// Closes on leaving.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

sockaddr_un SocketAddress(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

bool AnswersOn(const std::string& path) {
  const Descriptor client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = SocketAddress(path);
  return connect(client.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
         0;
}

}  // namespace

absl::Status PrepareSocket(const std::string& path) {
  constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kLongest) {
    return absl::InvalidArgumentError(
        absl::StrCat("socket path ", path, " has ", path.size(), " bytes; at most ", kLongest,
                     " are possible; choose a shorter one with --socket"));
  }
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return absl::OkStatus();
  if (!S_ISSOCK(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on unix:", path, ": something that is no socket is there"));
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

absl::StatusOr<LoopbackAddress> ParseLoopback(const std::string& listen_address) {
  const size_t colon = listen_address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen_address.substr(colon + 1), &port) ||
      port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("--listen: value is ", listen_address,
                                                   "; allowed: ADDRESS:PORT, e.g. 127.0.0.1:0"));
  }
  const std::string host = listen_address.substr(0, colon);
  if (host == "127.0.0.1" || host == "localhost") return LoopbackAddress{"127.0.0.1", port};
  if (host == "[::1]" || host == "::1") return LoopbackAddress{"[::1]", port};
  return absl::PermissionDeniedError(
      absl::StrCat("--listen ", listen_address,
                   " is not loopback: refused until pairing exists; from a laptop use `ssh -L ",
                   port == 0 ? 7000 : port, ":SOCKET_PATH USER@HOST` to the daemon's unix socket"));
}

absl::Status ExplainSocketFailure(const std::string& path) {
  const Descriptor server(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = SocketAddress(path);
  const int result =
      bind(server.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = errno;
  if (result == 0) unlink(path.c_str());
  return absl::FailedPreconditionError(absl::StrCat("cannot listen on unix:", path, ": ",
                                                    result == 0 ? "unknown" : strerror(error)));
}

absl::Status ExplainPortFailure(const LoopbackAddress& address) {
  const bool is_ipv4 = address.host == "127.0.0.1";
  sockaddr_in ipv4 = {};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(static_cast<uint16_t>(address.port));
  ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 ipv6 = {};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = ipv4.sin_port;
  ipv6.sin6_addr = in6addr_loopback;
  const Descriptor server(socket(is_ipv4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int result =
      is_ipv4 ? bind(server.number(), reinterpret_cast<const sockaddr*>(&ipv4), sizeof(ipv4))
              : bind(server.number(), reinterpret_cast<const sockaddr*>(&ipv6), sizeof(ipv6));
  const int error = result == 0 ? EADDRINUSE : errno;  // free again by now
  const std::string remedy =
      error == EADDRINUSE ? "address already in use; choose another port or 0" : strerror(error);
  return absl::FailedPreconditionError(
      absl::StrCat("cannot listen on ", address.host, ":", address.port, ": ", remedy));
}

}  // namespace powerdown
