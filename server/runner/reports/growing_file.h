// A file that a program writes to, read as it grows. Sees when the file is cut and written anew, or
// when another takes its place (rotation). Not thread-safe.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"

namespace powerdown {

struct FileGrowth {
  std::string bytes;
  bool has_restarted = false;  // they are the first of the file, or of another one
  bool has_more = false;
};

class GrowingFile {
 public:
  explicit GrowingFile(std::string path) : path_(std::move(path)) {}

  // What the file holds now is not read; its first bytes, at most `most`, are returned. As Read.
  absl::StatusOr<std::string> SkipToEnd(size_t most);
  // What is new, at most `most` bytes; nothing where there is no file yet. A file that is replaced
  // is read to its end first. PermissionDenied or Unavailable as the system says; InvalidArgument:
  // it is no regular file.
  absl::StatusOr<FileGrowth> Read(size_t most);

  int64_t offset() const { return offset_; }
  const std::string& path() const { return path_; }

 private:
  absl::StatusOr<bool> Open();
  absl::StatusOr<std::string> ReadAt(int64_t offset, size_t most) const;
  absl::StatusOr<bool> IsAsItWas() const;
  void Remember(const std::string& bytes);
  bool IsReplaced() const;

  std::string path_;
  Descriptor file_;
  struct stat state_ {};  // when it was last read
  int64_t offset_ = 0;
  // What stood at the beginning and before the offset: a file in which they have changed was
  // written anew.
  std::string first_;
  std::string last_;
};

}  // namespace powerdown
