#include "server/run/receipts.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "common/base/ed25519.h"
#include "common/base/status.h"
#include "common/run/receipt.h"

namespace powerdown {

absl::StatusOr<std::string> Receipts::Of(const std::string& run_id, absl::Time now) const {
  ASSIGN_OR_RETURN(const Run run, queue_->Get(run_id));
  std::optional<Comparison> comparison;
  if (!run.comparison_id.empty()) {
    absl::StatusOr<Comparison> of_run = comparisons_->Get(run.comparison_id);
    if (!of_run.ok() && !absl::IsNotFound(of_run.status())) return of_run.status();
    // The usual run's only: what is saved is a part of what it used.
    if (of_run.ok() && of_run->usual.run_id == run.run_id) comparison = *std::move(of_run);
  }
  return MakeReceipt(run, comparison ? &*comparison : nullptr, POWERDOWN_VERSION, now,
                     private_key_);
}

std::string Receipts::public_key() const {
  const absl::StatusOr<std::string> key = Ed25519PublicKey(private_key_);
  return key.ok() ? absl::BytesToHexString(*key) : "";
}

}  // namespace powerdown
