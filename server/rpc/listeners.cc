#include "server/rpc/listeners.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/pairing.h"
#include "common/platform/descriptor.h"

namespace powerdown {
namespace {

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
                     "; allowed: ADDRESS:PORT with an address of this machine in digits, e.g. "
                     "127.0.0.1:0, 0.0.0.0:7000 or [::1]:7000"));
  }
  return ListenAddress{is_ipv6 ? absl::StrCat("[", parsed->host, "]") : parsed->host, parsed->port};
}

bool IsWildcard(const ListenAddress& address) {
  return address.host == "0.0.0.0" || address.host == "[::]";
}

}  // namespace powerdown
