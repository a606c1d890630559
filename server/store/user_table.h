// Users, their tokens, and pairings. Each call commits before it returns. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/access_rows.h"
#include "server/store/answer_table.h"

namespace powerdown {

class DatabaseFile;

class UserTable {
 public:
  explicit UserTable(DatabaseFile& file) : file_(file) {}

  // Inserts it, or changes its role.
  absl::Status Put(const UserRow& user, const NewAnswer& answer = {});
  // Deletes the user with tokens and pairings; the user's runs stay. NotFound.
  absl::Status Delete(const std::string& name, const NewAnswer& answer = {});
  absl::StatusOr<std::vector<UserRow>> List() const;

  // Inserts it, or changes its last two times.
  absl::Status PutToken(const TokenRow& token, const NewAnswer& answer = {});
  absl::Status PutLastUses(const std::vector<TokenRow>& tokens);  // in one transaction
  absl::StatusOr<std::vector<TokenRow>> ListTokens() const;

  absl::Status DeleteToken(const std::string& token_id);  // ok if there is none

  // Pairing codes that wait to be used at a time, of all users: far more than one admin hands out.
  static constexpr int64_t kMostOpenPairings = 100;
  // And removes expired ones. ResourceExhausted with so many open ones.
  absl::Status PutPairing(const PairingRow& pairing, absl::Time now, const NewAnswer& answer = {});
  // Spends the code, once, and inserts `token` for its user, whose name is returned. NotFound for a
  // code that is not known, spent or expired.
  absl::StatusOr<std::string> SpendPairing(const std::string& code_sha256, absl::Time now,
                                           TokenRow token, const NewAnswer& answer = {});

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
