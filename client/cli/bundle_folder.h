// The runs of all bundles in a folder, of which only what is wanted is parsed. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_bundle.h"

namespace powerdown {

class BundleFolder {
 public:
  // Unpacks all files that end in kBundleSuffix. NotFound if there is none.
  static absl::StatusOr<BundleFolder> Open(const std::string& folder);

  // Ordered by run id, each once, whatever files they are in.
  const std::vector<BundledRun>& runs() const { return runs_; }
  // A run without its updates, and a run with all.
  absl::StatusOr<RunBundle> ReadHeader(const BundledRun& run) const;
  absl::StatusOr<RunBundle> Read(const BundledRun& run) const;

 private:
  explicit BundleFolder(std::string folder) : folder_(std::move(folder)) {}

  std::string folder_;
  std::vector<std::unique_ptr<const std::string>> texts_;  // what runs_ points into
  std::vector<BundledRun> runs_;
};

// Puts the runs of a folder into few files: one for each section of the grid that they were made
// from (a run's first tag), kMostRunsAFile each, `mlp-late.jsonl.zst`, then `mlp-late-2.jsonl.zst`.
// Removes the files that it read them from. Nothing is lost if it is interrupted.
inline constexpr size_t kMostRunsAFile = 64;  // about 1.5 MB
absl::Status GatherBundles(const std::string& folder);

}  // namespace powerdown
