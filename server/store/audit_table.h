// Who called what, and how it ended. Entries are appended with CommitGroup. Thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "server/store/access_rows.h"

namespace powerdown {

class DatabaseFile;

// The newest entries are kept, some 20 MB of them; each further one removes the oldest.
inline constexpr int64_t kMostAuditEntries = 100000;

class AuditTable {
 public:
  explicit AuditTable(DatabaseFile& file) : file_(file) {}

  // Newest first, from before `before_entry`; 0: from the newest.
  absl::StatusOr<std::vector<AuditRow>> List(int64_t before_entry, int64_t limit) const;

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
