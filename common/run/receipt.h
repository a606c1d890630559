// A receipt: what a daemon measured of a run that has ended, as JSON that it has signed, so that
// others can see that nothing was changed, and train the spec again. docs/receipts.md has the
// format. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/run/run.h"

namespace powerdown {

inline constexpr char kReceiptFormat[] = "powerdown-receipt-1";
// A run of the longest text fields, with its attempts and labelled checkpoints, is a tenth of it.
inline constexpr size_t kMostReceiptBytes = size_t{1} << 20;

struct Receipt {
  Run run;
  std::string spec_sha256;
  std::optional<Saving> saved;  // measured by the run's comparison
  std::string version;          // of the daemon
  absl::Time made_at;
  std::string public_key;  // 64 hexadecimal digits
};

// `comparison`: of the run, if it has ended; else null. `private_key`: 32 bytes.
// FailedPrecondition where there is nothing to vouch for: a run that goes on, or was trained
// elsewhere. The text is one JSON object on indented lines.
absl::StatusOr<std::string> MakeReceipt(const Run& run, const Comparison* comparison,
                                        std::string_view version, absl::Time made_at,
                                        std::string_view private_key);

// InvalidArgument: not a receipt. DataLoss: it was changed after it was signed. Who has the key is
// for the reader to know.
absl::StatusOr<Receipt> ReadReceipt(std::string_view text);

}  // namespace powerdown
