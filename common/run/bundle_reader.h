// Reads bundles (common/run/run_bundle.h) row by row: what is read need not be in memory at once.
// Pure; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/compression.h"
#include "common/base/json_fwd.h"
#include "common/energy/energy.h"
#include "common/run/bundle_check.h"
#include "common/run/run.h"

namespace powerdown {

// A run without its updates, which follow.
struct BundleHead {
  Run run;
  std::vector<LedgerInterval> ledger;
};
using BundleRow = std::variant<BundleHead, RunUpdate>;

class BundleReader {
 public:
  // `text` and `file_name` must outlive it.
  static BundleReader OfText(std::string_view text, std::string_view file_name);
  // The same for bytes that may be compressed.
  static BundleReader OfBytes(std::string_view bytes, std::string_view file_name,
                              size_t most_bytes);

  // Nullopt at the end. Each row is checked as common/run/bundle_check.h says. InvalidArgument
  // names the file, the line and what is wrong, or that the bytes are damaged; ResourceExhausted:
  // their text is longer than `most_bytes`. After an error it must not be called again.
  absl::StatusOr<std::optional<BundleRow>> Next();

 private:
  BundleReader(std::string_view text, std::string_view file_name, size_t most_bytes);
  absl::StatusOr<BundleRow> Read(std::string_view line);
  absl::StatusOr<BundleHead> ReadHead(const Json& json);
  absl::StatusOr<std::optional<std::string_view>> NextLine();
  absl::StatusOr<bool> FetchPiece();  // false: there is none

  std::string_view file_name_;
  size_t most_bytes_;
  std::optional<StreamDecompressor> packed_;
  std::string_view piece_;
  size_t bytes_ = 0;   // of all pieces so far
  std::string carry_;  // a line that began in the pieces before
  int64_t number_ = 0;
  BundleCheck check_;
  std::optional<std::string> run_id_;  // of the head that came last
};

}  // namespace powerdown
