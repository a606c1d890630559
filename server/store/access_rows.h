// What the store keeps of users, tokens, pairings and the audit. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

namespace powerdown {

struct UserRow {
  std::string name;
  std::string role;  // viewer, submitter, admin
  absl::Time created_at;
};

struct TokenRow {
  std::string token_id;
  std::string user;
  std::string label;
  std::string secret_sha256;  // hexadecimal
  absl::Time created_at;
  std::optional<absl::Time> expires_at;
  std::optional<absl::Time> revoked_at;
  std::optional<absl::Time> last_used_at;
};

struct PairingRow {
  std::string code_sha256;  // hexadecimal
  std::string user;
  absl::Time expires_at;
};

struct AuditRow {
  int64_t entry = 0;  // ascending; given by the store
  absl::Time time;
  std::string user;  // empty: nobody could be made out
  std::string token_id;
  std::string peer;
  std::string method;
  std::string object;   // a run, a user, a token
  std::string outcome;  // "OK", "PERMISSION_DENIED", …
};

// Whose a run or a comparison is.
struct Ownership {
  std::string id;  // in full
  std::string owner;
  bool is_private = false;
};

}  // namespace powerdown
