#include "client/connection/local_daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/connection/server_address.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/descriptor.h"
#include "common/platform/environment.h"
#include "common/platform/files.h"
#include "common/platform/process.h"
#include "common/platform/shipped.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr char kIdleSeconds[] = "600";
constexpr absl::Duration kConnectPause = absl::Milliseconds(20);
constexpr std::uintmax_t kMostLogBytes = 64 << 10;  // of a failed start: far more than it writes

// 0, or the error number.
int ConnectTo(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  const Descriptor descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int failed =
      connect(descriptor.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return failed == 0 ? 0 : errno;
}

bool Answers(const std::string& socket_path) {
  return ConnectTo(socket_path) == 0;
}

bool AnswersWithin(const std::string& socket_path, absl::Time deadline) {
  while (!Answers(socket_path)) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(kConnectPause);
  }
  return true;
}

// Reads the daemon's stdout until its first whole line. Nullopt: it ended or is too late.
std::optional<std::string> ReadFirstLine(int descriptor, absl::Time deadline) {
  std::string line;
  for (;;) {
    pollfd ready{descriptor, POLLIN, 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) return std::nullopt;
    const int count = poll(&ready, 1, static_cast<int>(left));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::nullopt;
    char piece[512];
    const ssize_t size = read(descriptor, piece, sizeof piece);
    if (size <= 0) return std::nullopt;
    line.append(piece, static_cast<size_t>(size));
    if (line.find('\n') != std::string::npos) return line;
  }
}

// Whether a daemon holds the lock of its state folder. A shared lock, taken for a moment where none
// does, cannot be in the way of a daemon that serves.
bool IsLocked(const std::string& lock_path) {
  const Descriptor lock(open(lock_path.c_str(), O_RDONLY | O_CLOEXEC));
  return lock.is_open() && flock(lock.number(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// What the daemon wrote to its log since `start`: its last line, without the program's name.
std::string LastLineSince(const std::string& log_path, std::uintmax_t start) {
  std::error_code missing;
  const std::uintmax_t end = fs::file_size(log_path, missing);
  if (missing || end <= start) return "";
  const absl::StatusOr<FileEnd> log = ReadFileEnd(log_path, std::min(end - start, kMostLogBytes));
  if (!log.ok()) return "";
  const std::vector<std::string> lines = absl::StrSplit(log->text, '\n', absl::SkipWhitespace());
  if (lines.empty()) return "";
  absl::string_view last = lines.back();
  absl::ConsumePrefix(&last, "powerdownd: ");
  return std::string(absl::StripAsciiWhitespace(last));
}

// Starts the daemon in a session of its own, so that it outlives this terminal.
absl::StatusOr<pid_t> Spawn(const std::string& program, const std::string& state_folder,
                            const std::string& log_path, int output) {
  const Descriptor log(open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log.is_open()) return SystemError(Concat("cannot write ", log_path), errno);
  ProcessSpec spec;
  spec.words = {program, "--state-dir", state_folder, "--idle-exit", kIdleSeconds};
  spec.environment = ListedEnvironment(kAllVariables);
  spec.output = output;
  spec.errors = log.number();
  spec.leads_session = true;
  const absl::StatusOr<pid_t> started = StartProcess(spec);
  if (!started.ok()) return absl::UnavailableError(started.status().message());
  return started;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> FindService(const std::string& socket_path) {
  const int error = ConnectTo(socket_path);
  if (error == 0) return std::optional(Concat("unix:", socket_path));
  // Its runs are there: a private daemon, which has none, must not answer in its place.
  if (error == ECONNREFUSED) {
    return absl::UnavailableError(
        Concat("the service of this computer does not answer at ", socket_path,
               "; start it: systemctl start powerdownd, or name a server with --server"));
  }
  return std::optional<std::string>();
}

absl::StatusOr<std::string> EnsureLocalDaemon(const std::string& state_folder,
                                              const std::string& program, absl::Duration limit) {
  const std::string socket_path = state_folder + "/powerdown.sock";
  const std::string address = Concat("unix:", socket_path);
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::UnavailableError(Concat("the path ", socket_path,
                                         " is too long for a socket; set XDG_STATE_HOME to a "
                                         "shorter one"));
  }
  if (Answers(socket_path)) return address;
  RETURN_IF_ERROR(MakePrivateFolder(state_folder));
  const absl::Time deadline = absl::Now() + limit;
  const std::string log_path = state_folder + "/powerdownd.log";
  std::error_code no_log;
  const std::uintmax_t log_size = fs::file_size(log_path, no_log);
  ASSIGN_OR_RETURN(Pipe first_line, OpenPipe());
  ASSIGN_OR_RETURN(const pid_t child,
                   Spawn(program, state_folder, log_path, first_line.write.number()));
  first_line.write.Close();
  if (ReadFirstLine(first_line.read.number(), deadline)) return address;

  const bool has_ended = EndOf(child).has_value();
  if (has_ended) Reap(child);
  const std::string reason = LastLineSince(log_path, no_log ? 0 : log_size);
  // Another daemon, started at the same moment, holds the state folder: use that one.
  if (IsLocked(state_folder + "/lock") && AnswersWithin(socket_path, deadline)) return address;
  if (Answers(socket_path)) return address;
  return absl::UnavailableError(Concat(
      "the local daemon ", has_ended || !reason.empty() ? "did not start: " : "is not ready: ",
      reason.empty() ? Concat("see ", log_path) : reason));
}

absl::StatusOr<std::string> FindDaemonProgram() {
  std::error_code error;
  std::vector<std::string> folders;
  if (const std::string own = ProgramFolder(); !own.empty()) folders.push_back(own);
  if (const char* path = std::getenv("PATH")) {
    for (absl::string_view folder : absl::StrSplit(path, ':', absl::SkipEmpty())) {
      folders.emplace_back(folder);
    }
  }
  for (const std::string& folder : folders) {
    const std::string program = folder + "/powerdownd";
    if (access(program.c_str(), X_OK) == 0 && fs::is_regular_file(program, error)) {
      return fs::absolute(program).string();
    }
  }
  return absl::UnavailableError(
      "no daemon: powerdownd is neither beside this program nor in PATH; install it, or name a "
      "server with --server unix:PATH or HOST:PORT");
}

absl::StatusOr<std::string> FindOrStartDaemon(absl::Duration limit) {
  ASSIGN_OR_RETURN(const std::optional<std::string> service, FindService(kServiceSocket));
  if (service) return *service;
  ASSIGN_OR_RETURN(const std::string state_folder, PrivateStateFolder());
  ASSIGN_OR_RETURN(const std::string program, FindDaemonProgram());
  return EnsureLocalDaemon(state_folder, program, limit);
}

}  // namespace powerdown
