#include "server/rpc/unix_listener.h"

#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "grpcpp/server_posix.h"
#include "server/rpc/listeners.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

constexpr int kUnixBacklog = 128;
constexpr int kConnectionsPerAccount = 512;
constexpr rlim_t kMostNumbers = 65536;
// Below are the daemon's own files and TCP connections.
constexpr rlim_t kFirstNumber = 4096;
// After accept failed for want of numbers or memory.
constexpr int kUnixRestMilliseconds = 100;

// How many descriptors this process may have, after asking for more.
rlim_t RaiseDescriptorLimit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min(limit.rlim_max, kMostNumbers);
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return std::min(limit.rlim_cur, kMostNumbers);
}

std::string AccountName(uid_t account) {
  const passwd* user = getpwuid(account);
  return user != nullptr ? user->pw_name : absl::StrCat("uid-", account);
}

}  // namespace

UnixListener::UnixListener(std::string path, int listener)
    : path_(std::move(path)),
      listener_(listener),
      stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      first_number_(static_cast<int>(std::min(kFirstNumber, RaiseDescriptorLimit() / 2))),
      last_number_(static_cast<int>(RaiseDescriptorLimit()) - 1) {}

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Open(const std::string& path,
                                                                 mode_t mode) {
  RETURN_IF_ERROR(PrepareSocket(path));
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  // Nobody connects before the mode is right: connecting takes listen, which comes last.
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      chmod(path.c_str(), mode) != 0 || listen(listener, kUnixBacklog) != 0) {
    const int error = errno;
    close(listener);
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on unix:", path, ": ", strerror(error)));
  }
  return absl::WrapUnique(new UnixListener(path, listener));
}

UnixListener::~UnixListener() {
  Stop();
  close(stop_event_);
}

void UnixListener::Start(grpc::Server* server) {
  thread_ = std::thread([this, server] { Accept(server); });
}

void UnixListener::Stop() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(stop_event_, &one, sizeof(one));
    thread_.join();
  }
  if (fcntl(listener_, F_GETFD) < 0) return;
  close(listener_);
  unlink(path_.c_str());
}

void UnixListener::Accept(grpc::Server* server) {
  for (;;) {
    pollfd events[2] = {{listener_, POLLIN, 0}, {stop_event_, POLLIN, 0}};
    if (poll(events, 2, -1) < 0) continue;
    if (events[1].revents != 0) return;
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
        poll(nullptr, 0, kUnixRestMilliseconds);
      continue;
    }
    ucred peer = {};
    socklen_t size = sizeof(peer);
    int connection = -1;
    if (getsockopt(accepted, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
      connection = Renumber(accepted, peer.uid);
    }
    close(accepted);
    if (connection < 0) {
      spdlog::warn("refused a connection of account {}: the account has too many", peer.uid);
      continue;
    }
    grpc::AddInsecureChannelFromFd(server, connection);
  }
}

std::optional<int> UnixListener::FirstNumberOf(uid_t account) {
  absl::MutexLock lock(&mutex_);
  if (const auto known = first_numbers_.find(account); known != first_numbers_.end()) {
    return known->second;
  }
  const int first =
      first_number_ + kConnectionsPerAccount * static_cast<int>(first_numbers_.size());
  if (first > last_number_) return std::nullopt;
  first_numbers_[account] = first;
  return first;
}

int UnixListener::Renumber(int connection, uid_t account) {
  const std::optional<int> first = FirstNumberOf(account);
  if (!first) return -1;
  const int number = fcntl(connection, F_DUPFD_CLOEXEC, *first);
  if (number < *first + kConnectionsPerAccount) return number;
  close(number);
  return -1;
}

std::optional<LocalPeer> UnixListener::Find(const std::string& peer) const {
  absl::string_view text = peer;
  int number = 0;
  if (!absl::ConsumePrefix(&text, "fd:") || !absl::SimpleAtoi(text, &number)) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  for (const auto& [account, first] : first_numbers_) {
    if (number < first || number >= first + kConnectionsPerAccount) continue;
    return LocalPeer{AccountName(account), account == getuid() || account == 0};
  }
  return std::nullopt;
}

}  // namespace powerdown
