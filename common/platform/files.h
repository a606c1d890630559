// Files that are read or written whole, with errors that name the file and the cause. Thread-safe.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

// Above every file that we write or ship; a larger one is read by mistake.
inline constexpr size_t kMostFileBytes = size_t{1} << 30;

// NotFound, PermissionDenied or Unavailable as the system says; ResourceExhausted if the file holds
// more than `most_bytes`. Reads pipes and /proc too.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most_bytes = kMostFileBytes);

struct FileEnd {
  std::string text;
  bool is_cut = false;  // there is more before it
};
// The last `most_bytes` of a file, or less.
absl::StatusOr<FileEnd> ReadFileEnd(const std::string& path, size_t most_bytes);

struct WriteOptions {
  // Without: that of the file that is replaced, or what the umask leaves for a new one.
  std::optional<mode_t> mode;
  // Survives a power failure. Costs a disk flush.
  bool is_synced = false;
};
inline constexpr mode_t kOwnerOnly = 0600;

// Writes aside and renames: readers see the old content or the new one, and a failure leaves the
// old one. What is no regular file, such as /dev/stdout, is written to directly. ResourceExhausted
// when the disk is full, PermissionDenied, else Unavailable.
absl::Status WriteFile(const std::string& path, std::string_view content,
                       const WriteOptions& options = {});

// Paths of the files in `folder` whose names end in `suffix`, sorted; none where there is no such
// folder.
std::vector<std::string> ListFiles(const std::string& folder, std::string_view suffix);

// Makes a folder, and its parents, if it is missing: mode 0700. Parents get what the umask leaves.
absl::Status MakePrivateFolder(const std::string& path);

}  // namespace powerdown
