#include "common/platform/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "common/base/hot_mutex.h"
#include "common/base/text.h"
#include "common/platform/descriptor.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

constexpr size_t kPiece = 4096;  // of a file that does not tell its size, as those of /proc
constexpr mode_t kUmaskDecides = 0666;

absl::Status CannotRead(const std::string& path, int error) {
  return SystemError(Concat("cannot read ", path), error);
}

absl::Status CannotWrite(const std::string& path, int error) {
  const absl::Status status = SystemError(Concat("cannot write ", path), error);
  // "Not found" of a file that is to be made is about its folder.
  return absl::IsNotFound(status) ? absl::UnavailableError(status.message()) : status;
}

// Reads until `text` has `most_bytes`, or the file ends. 0 or the error number.
int ReadUpTo(const Descriptor& file, size_t most_bytes, size_t expected, std::string& text) {
  size_t size = 0;
  while (size < most_bytes) {
    text.resize(std::min(most_bytes, size + std::max({kPiece, size, expected})));
    const ssize_t count = read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  text.resize(size);
  return 0;
}

// 0 or the error number.
int WriteAll(const Descriptor& file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(file.number(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return 0;
}

int WriteAndClose(Descriptor file, std::string_view content, bool is_synced) {
  int error = WriteAll(file, content);
  if (error == 0 && is_synced && fsync(file.number()) != 0) error = errno;
  const int closed = file.Close();  // some file systems tell only now that the disk is full
  return error != 0 ? error : closed;
}

// Beside `path`, and different for every write: two that write the same file do not mix.
std::string AsidePath(const std::string& path) {
  static std::atomic<int64_t> writes = 0;
  return Concat(path, ".", getpid(), "-", ++writes, ".new");
}

// A rename is durable once the folder is. Some file systems refuse to sync folders; they need not.
void SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  const Descriptor folder(
      open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) fsync(folder.number());
}

int WriteAside(const std::string& aside, std::string_view content, const WriteOptions& options,
               std::optional<mode_t> mode) {
  Descriptor file(open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       mode.value_or(kUmaskDecides)));
  if (!file.is_open()) return errno;
  // The mode exactly, whatever the umask is.
  if (mode && fchmod(file.number(), *mode) != 0) return errno;
  return WriteAndClose(std::move(file), content, options.is_synced);
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most_bytes) {
  MayWait();
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (!file.is_open() || fstat(file.number(), &status) != 0) return CannotRead(path, errno);
  const size_t expected = S_ISREG(status.st_mode) ? static_cast<size_t>(status.st_size) : 0;
  std::string text;
  // One byte more than may be there, to see that there is more.
  const int error = ReadUpTo(file, most_bytes + 1, std::min(expected, most_bytes) + 1, text);
  if (error != 0) return CannotRead(path, error);
  if (text.size() <= most_bytes) return text;
  return absl::ResourceExhaustedError(
      Concat("cannot read ", path, ": it is larger than ", most_bytes, " bytes"));
}

absl::StatusOr<FileEnd> ReadFileEnd(const std::string& path, size_t most_bytes) {
  MayWait();
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return CannotRead(path, errno);
  const off_t size = lseek(file.number(), 0, SEEK_END);
  const off_t start = std::max<off_t>(0, size - static_cast<off_t>(most_bytes));
  if (size < 0 || lseek(file.number(), start, SEEK_SET) < 0) return CannotRead(path, errno);
  FileEnd end{.is_cut = start > 0};
  if (const int error = ReadUpTo(file, most_bytes, 0, end.text); error != 0) {
    return CannotRead(path, error);
  }
  return end;
}

absl::Status WriteFile(const std::string& path, std::string_view content,
                       const WriteOptions& options) {
  MayWait();
  struct stat before = {};
  const bool is_there = stat(path.c_str(), &before) == 0;
  if (is_there && !S_ISREG(before.st_mode)) {
    Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open()) return CannotWrite(path, errno);
    const int error = WriteAndClose(std::move(file), content, /*is_synced=*/false);
    return error == 0 ? absl::OkStatus() : CannotWrite(path, error);
  }
  std::optional<mode_t> mode = options.mode;
  if (!mode && is_there) mode = before.st_mode & 0777;
  const std::string aside = AsidePath(path);
  int error = WriteAside(aside, content, options, mode);
  if (error == 0 && std::rename(aside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(aside.c_str());
    return CannotWrite(path, error);
  }
  if (options.is_synced) SyncFolderOf(path);
  return absl::OkStatus();
}

std::vector<std::string> ListFiles(const std::string& folder, std::string_view suffix) {
  MayWait();
  std::vector<std::string> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    std::string path = entry.path().string();
    if (std::string_view(path).ends_with(suffix)) files.push_back(std::move(path));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status MakePrivateFolder(const std::string& path) {
  MayWait();
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (!error && mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    error = std::error_code(errno, std::generic_category());
  }
  if (!error && std::filesystem::is_directory(path, error)) return absl::OkStatus();
  return SystemError(Concat("cannot make the folder ", path), error ? error.value() : ENOTDIR);
}

}  // namespace powerdown
