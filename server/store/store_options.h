// Where the store's file is and how it is opened. Plain values.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace powerdown {

struct StoreOptions {
  std::string path;       // ":memory:" for tests
  int64_t max_pages = 0;  // PRAGMA max_page_count, to test a full disk; 0: SQLite's own
  // How long a call waits while another process holds the file's lock; then it is Unavailable.
  absl::Duration busy_timeout = absl::Seconds(2);
  // A change waits so long for those before it, which wait for the disk; then it is Unavailable.
  absl::Duration longest_turn = absl::Seconds(5);
};

}  // namespace powerdown
