// Files that only their owner may read, from their first byte on. Thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace powerdown {

// Writes a file of mode 0600 aside, syncs it and renames it to `path`, so that it is never there in
// part or readable by others.
absl::Status WriteSecretFile(const std::string& path, const std::string& content);

}  // namespace powerdown
