#include "server/rpc/unix_listener.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "grpcpp/server_posix.h"
#include "server/rpc/listeners.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

constexpr int kSocketBacklog = 128;

Descriptor OpenSpare() {
  return Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

UnixListener::UnixListener(std::string path, mode_t mode, Bound bound, const DescriptorPlan& plan)
    : path_(std::move(path)),
      mode_(mode),
      plan_(plan),
      listener_(std::move(bound.listener)),
      wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      spare_(OpenSpare()),
      file_(bound.file) {}

absl::StatusOr<UnixListener::Bound> UnixListener::Bind(const std::string& path, mode_t mode) {
  RETURN_IF_ERROR(PrepareSocket(path));
  Bound bound{Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))};
  const int listener = bound.listener.number();
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  struct stat status = {};
  // Nobody connects before the mode is right: connecting takes listen, which comes last.
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      chmod(path.c_str(), mode) != 0 || stat(path.c_str(), &status) != 0 ||
      listen(listener, kSocketBacklog) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot listen on unix:", path, ": ", strerror(errno)));
  }
  bound.file = {status.st_dev, status.st_ino};
  return bound;
}

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Open(const std::string& path,
                                                                 mode_t mode,
                                                                 const DescriptorPlan& plan) {
  ASSIGN_OR_RETURN(Bound bound, Bind(path, mode));
  return absl::WrapUnique(new UnixListener(path, mode, std::move(bound), plan));
}

UnixListener::~UnixListener() {
  Stop();
}

void UnixListener::Start(grpc::Server* server, Door* door) {
  thread_ = std::thread([this, server, door] { Accept(server, door); });
}

void UnixListener::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_event_.number(), &one, sizeof(one));
}

absl::Status UnixListener::Rebind() {
  ASSIGN_OR_RETURN(Bound bound, Bind(path_, mode_));
  absl::MutexLock lock(&mutex_);
  next_listener_ = std::move(bound.listener);
  file_ = bound.file;
  Wake();
  return absl::OkStatus();
}

void UnixListener::Stop() {
  if (thread_.joinable()) {
    {
      absl::MutexLock lock(&mutex_);
      is_stopping_ = true;
      Wake();
    }
    thread_.join();
  }
  if (!listener_.is_open()) return;
  listener_.Close();
  absl::MutexLock lock(&mutex_);
  struct stat status = {};
  const bool is_there = stat(path_.c_str(), &status) == 0;
  if (is_there && status.st_dev == file_.device && status.st_ino == file_.inode) {
    unlink(path_.c_str());
  }
}

void UnixListener::Accept(grpc::Server* server, Door* door) {
  for (;;) {
    pollfd events[2] = {{listener_.number(), POLLIN, 0}, {wake_event_.number(), POLLIN, 0}};
    if (poll(events, 2, -1) < 0) continue;
    while (AcceptOne(server, door)) {
    }
    if (events[1].revents == 0) continue;
    uint64_t ignored = 0;
    [[maybe_unused]] const ssize_t got = read(wake_event_.number(), &ignored, sizeof(ignored));
    absl::MutexLock lock(&mutex_);
    if (is_stopping_) return;
    // Whoever had connected to the earlier one has been accepted.
    if (next_listener_.is_open()) listener_ = std::move(next_listener_);
  }
}

bool UnixListener::AcceptOne(grpc::Server* server, Door* door) {
  Descriptor accepted(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!accepted.is_open() && (errno == EMFILE || errno == ENFILE)) {
    // Otherwise the listener stays ready for ever and this thread never rests.
    spare_.Close();
    Descriptor(accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC)).Close();
    spare_ = OpenSpare();
    spdlog::warn("refused a connection on {}: the daemon has no descriptors left", path_);
    return false;
  }
  if (!accepted.is_open()) return false;
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (getsockopt(accepted.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return true;
  if (peer.uid != getuid() && peer.uid != 0) {
    door->Adopt(std::move(accepted), absl::StrCat("uid-", peer.uid));
    return true;
  }
  Descriptor connection = Renumber(accepted);
  if (connection.is_open()) {
    grpc::AddInsecureChannelFromFd(server, connection.Release());
  } else {
    spdlog::warn("refused a connection on {}: the daemon's own account has {}, which is the limit",
                 path_, plan_.most_of_owner);
  }
  return true;
}

Descriptor UnixListener::Renumber(const Descriptor& connection) const {
  Descriptor kept(fcntl(connection.number(), F_DUPFD_CLOEXEC, plan_.first_of_owner));
  if (kept.number() >= plan_.first_of_owner + plan_.most_of_owner) kept.Close();
  return kept;
}

}  // namespace powerdown
