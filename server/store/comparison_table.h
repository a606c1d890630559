// Comparisons: what each keeps beside its runs. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/run/run.h"
#include "server/store/access_rows.h"

namespace powerdown {

class DatabaseFile;

// What a comparison keeps beside its runs; the rest of Comparison is computed from them.
struct ComparisonRow {
  std::string comparison_id;
  ComparisonMode mode = ComparisonMode::kShared;
  std::string owner;
  RunSpec spec;
  std::string schedule_policy;
  int64_t schedule_max_steps = 0;
  std::optional<double> grok_multiple;
  std::string schedule_source;
  std::string usual_run_id;
  std::string stopped_run_id;  // equals usual_run_id when shared
  absl::Time created_at;
};

class ComparisonTable {
 public:
  explicit ComparisonTable(DatabaseFile& file) : file_(file) {}

  // Remembers the comparison's id under request_id, unless that is empty. If that request_id was
  // answered before, nothing is inserted and the first answer's id is returned.
  absl::StatusOr<std::string> Insert(const ComparisonRow& row, const std::string& request_id);
  absl::StatusOr<ComparisonRow> Get(const std::string& comparison_id) const;  // NotFound
  // Newest first. `visible_to` as in RunFilter.
  absl::StatusOr<std::vector<ComparisonRow>> List(int64_t limit,
                                                  const std::string& visible_to = "") const;
  // The one id that starts with `prefix`. NotFound, or InvalidArgument naming two candidates.
  absl::StatusOr<std::string> ResolveId(const std::string& prefix) const;
  // Owner of the comparison whose id starts with `prefix`; private if its usual run is. Fails as
  // ResolveId does.
  absl::StatusOr<Ownership> FindOwnership(const std::string& prefix,
                                          const std::string& visible_to = "") const;

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
