// Packed curves of long runs, kept so that their reports are not read again. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace powerdown {

class DatabaseFile;

struct KeptSeries {
  int64_t next_revision = 0;  // all reports before it are in the content
  std::string content;
};

class SeriesTable {
 public:
  // Of all runs together: some hundred runs of 10,000,000 reports. The oldest go first.
  static constexpr int64_t kMostBytes = int64_t{256} << 20;

  explicit SeriesTable(DatabaseFile& file) : file_(file) {}

  absl::StatusOr<std::optional<KeptSeries>> Find(const std::string& run_id) const;
  // Replaces the run's. Does nothing for a run that is gone.
  absl::Status Put(const std::string& run_id, const KeptSeries& series,
                   int64_t most_bytes = kMostBytes);

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
