#include "server/runner/reports/growing_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

// Of each of the two places that are compared. Rows of logs differ in fewer bytes.
constexpr size_t kMarkBytes = 256;

bool IsSameMoment(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

absl::StatusOr<bool> GrowingFile::Open() {
  if (file_.is_open()) return true;
  // Without waiting: a pipe would wait for its writer.
  Descriptor opened(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!opened.is_open()) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return SystemError(path_, errno);
  }
  if (fstat(opened.number(), &state_) != 0) return SystemError(path_, errno);
  if (!S_ISREG(state_.st_mode)) {
    return absl::InvalidArgumentError(Concat(Printable(path_), ": is no regular file"));
  }
  file_ = std::move(opened);
  offset_ = 0;
  first_.clear();
  last_.clear();
  return true;
}

absl::StatusOr<std::string> GrowingFile::ReadAt(int64_t offset, size_t most) const {
  std::string bytes(most, '\0');
  size_t taken = 0;
  while (taken < most) {
    const ssize_t count = pread(file_.number(), bytes.data() + taken, most - taken,
                                static_cast<off_t>(offset + static_cast<int64_t>(taken)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path_, errno);
    if (count == 0) break;
    taken += static_cast<size_t>(count);
  }
  bytes.resize(taken);
  return bytes;
}

absl::StatusOr<bool> GrowingFile::IsAsItWas() const {
  ASSIGN_OR_RETURN(const std::string first, ReadAt(0, first_.size()));
  ASSIGN_OR_RETURN(const std::string last,
                   ReadAt(offset_ - static_cast<int64_t>(last_.size()), last_.size()));
  return first == first_ && last == last_;
}

void GrowingFile::Remember(const std::string& bytes) {
  if (first_.size() < kMarkBytes) first_.append(bytes, 0, kMarkBytes - first_.size());
  last_ += bytes;
  if (last_.size() > kMarkBytes) last_.erase(0, last_.size() - kMarkBytes);
  offset_ += static_cast<int64_t>(bytes.size());
}

bool GrowingFile::IsReplaced() const {
  struct stat other {};
  return stat(path_.c_str(), &other) == 0 &&
         (other.st_ino != state_.st_ino || other.st_dev != state_.st_dev);
}

absl::StatusOr<std::string> GrowingFile::SkipToEnd(size_t most) {
  ASSIGN_OR_RETURN(const bool is_there, Open());
  if (!is_there) return std::string();
  ASSIGN_OR_RETURN(std::string first, ReadAt(0, most));
  offset_ = state_.st_size;
  first_ = first.substr(0, kMarkBytes);
  const auto before = std::min<int64_t>(offset_, kMarkBytes);
  ASSIGN_OR_RETURN(last_, ReadAt(offset_ - before, static_cast<size_t>(before)));
  return first;
}

absl::StatusOr<FileGrowth> GrowingFile::Read(size_t most) {
  FileGrowth growth;
  const bool was_open = file_.is_open();
  ASSIGN_OR_RETURN(const bool is_there, Open());
  if (!is_there) return growth;
  struct stat now {};
  if (fstat(file_.number(), &now) != 0) return SystemError(path_, errno);
  const bool has_changed =
      now.st_size != state_.st_size || !IsSameMoment(now.st_mtim, state_.st_mtim) || !was_open;
  state_ = now;
  bool is_as_it_was = now.st_size >= offset_;
  if (is_as_it_was && has_changed) {
    ASSIGN_OR_RETURN(is_as_it_was, IsAsItWas());
  }
  if (!is_as_it_was) {
    growth.has_restarted = true;
    offset_ = 0;
    first_.clear();
    last_.clear();
  }
  if (now.st_size == offset_ && IsReplaced()) {
    file_ = Descriptor();
    growth.has_restarted = true;
    ASSIGN_OR_RETURN(const bool is_new_there, Open());
    if (!is_new_there) return growth;
  }
  ASSIGN_OR_RETURN(growth.bytes, ReadAt(offset_, most));
  Remember(growth.bytes);
  growth.has_more = offset_ < state_.st_size;
  return growth;
}

}  // namespace powerdown
