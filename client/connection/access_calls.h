// Pairing, users, tokens and the audit, over a connection. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/connection.h"
#include "client/connection/profiles.h"

namespace powerdown {

struct StartedPairing {
  std::string pairing;
  std::string user;
  absl::Time expires_at;
};
struct UserDescription {
  std::string name;
  std::string role;
  absl::Time created_at;
  struct Budget {
    std::string period;             // "day", "week", "month"; of UTC
    std::string text;               // "5 Wh"
    std::optional<Joules> allowed;  // absent: it cannot be turned into energy and bounds nothing
    Joules used;                    // gross, in this period
    absl::Time renews_at;
  };
  std::vector<Budget> budgets;  // shortest period first
};
struct TokenDescription {
  std::string token_id;
  std::string user;
  std::string label;
  absl::Time created_at;
  std::optional<absl::Time> expires_at;
  std::optional<absl::Time> revoked_at;
  std::optional<absl::Time> last_used_at;
};
struct MadeToken {
  std::string secret;
  TokenDescription token;
};
struct AuditEntry {
  int64_t entry = 0;
  absl::Time time;
  std::string user;
  std::string token_id;
  std::string peer;
  std::string method;
  std::string object;
  std::string outcome;
};

// Changes a pairing into a profile without a name: checks that the server shows the certificate
// that the pairing says (PermissionDenied if not), then spends the code.
absl::StatusOr<Profile> PairWith(const std::string& pairing, const std::string& label,
                                 absl::Duration timeout);

absl::StatusOr<StartedPairing> StartPairing(Connection& connection, const std::string& user,
                                            const std::string& role);
absl::StatusOr<UserDescription> PutUser(Connection& connection, const std::string& name,
                                        const std::string& role);
absl::StatusOr<std::vector<UserDescription>> ListUsers(Connection& connection);
// `name` empty: the caller.
absl::StatusOr<UserDescription> GetUser(Connection& connection, const std::string& name);
// `budget`: "5Wh", "2gCO2", "0.01USD", or "none".
absl::StatusOr<UserDescription> SetUserBudget(Connection& connection, const std::string& name,
                                              const std::string& period, const std::string& budget);
absl::Status DeleteUser(Connection& connection, const std::string& name);
absl::StatusOr<MadeToken> CreateToken(Connection& connection, const std::string& user,
                                      const std::string& label,
                                      std::optional<absl::Duration> lifetime);
absl::StatusOr<std::vector<TokenDescription>> ListTokens(Connection& connection);
absl::Status RevokeToken(Connection& connection, const std::string& token_id);
absl::StatusOr<std::vector<AuditEntry>> ListAudit(Connection& connection, int64_t count);

}  // namespace powerdown
