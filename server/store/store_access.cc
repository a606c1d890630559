// Users, tokens, pairings, the audit, and whose a run is.
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/access.h"
#include "server/store/run_rows.h"
#include "server/store/statements.h"

namespace powerdown {

absl::Status Store::PutUser(const UserRow& user) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement put(database,
                          "INSERT INTO users (name, role, created_unix_us) VALUES (?, ?, ?) "
                          "ON CONFLICT (name) DO UPDATE SET role = excluded.role");
    Parameters(put) << user.name << user.role << user.created_at;
    put.exec();
    return absl::OkStatus();
  });
}

absl::Status Store::DeleteUser(const std::string& name) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement remove(database, "DELETE FROM users WHERE name = ?");
    Parameters(remove) << name;
    if (remove.exec() > 0) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat("user ", name, " is not known"));
  });
}

absl::StatusOr<std::vector<UserRow>> Store::ListUsers() const {
  return Read([](SQLite::Database& database) -> absl::StatusOr<std::vector<UserRow>> {
    SQLite::Statement select(database,
                             "SELECT name, role, created_unix_us FROM users ORDER BY name");
    std::vector<UserRow> users;
    while (select.executeStep()) {
      UserRow& user = users.emplace_back();
      Columns(select) >> user.name >> user.role >> user.created_at;
    }
    return users;
  });
}

absl::Status Store::PutToken(const TokenRow& token) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement put(
        database,
        "INSERT INTO tokens (token_id, user, label, secret_sha256, created_unix_us, "
        "expires_unix_us, revoked_unix_us, last_used_unix_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (token_id) DO UPDATE SET revoked_unix_us = excluded.revoked_unix_us, "
        "last_used_unix_us = excluded.last_used_unix_us");
    Parameters(put) << token.token_id << token.user << token.label << token.secret_sha256
                    << token.created_at << token.expires_at << token.revoked_at
                    << token.last_used_at;
    put.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<TokenRow>> Store::ListTokens() const {
  return Read([](SQLite::Database& database) -> absl::StatusOr<std::vector<TokenRow>> {
    SQLite::Statement select(
        database,
        "SELECT token_id, user, label, secret_sha256, created_unix_us, expires_unix_us, "
        "revoked_unix_us, last_used_unix_us FROM tokens ORDER BY created_unix_us, token_id");
    std::vector<TokenRow> tokens;
    while (select.executeStep()) {
      TokenRow& token = tokens.emplace_back();
      Columns(select) >> token.token_id >> token.user >> token.label >> token.secret_sha256 >>
          token.created_at >> token.expires_at >> token.revoked_at >> token.last_used_at;
    }
    return tokens;
  });
}

absl::Status Store::PutPairing(const PairingRow& pairing, absl::Time now) {
  return Write([&](SQLite::Database& database) {
    SQLite::Statement forget(database, "DELETE FROM pairings WHERE expires_unix_us < ?");
    Parameters(forget) << now;
    forget.exec();
    SQLite::Statement put(
        database, "INSERT INTO pairings (code_sha256, user, expires_unix_us) VALUES (?, ?, ?)");
    Parameters(put) << pairing.code_sha256 << pairing.user << pairing.expires_at;
    put.exec();
    return absl::OkStatus();
  });
}

absl::StatusOr<std::string> Store::SpendPairing(const std::string& code_sha256, absl::Time now,
                                                TokenRow token) {
  return Write([&](SQLite::Database& database) -> absl::StatusOr<std::string> {
    SQLite::Statement spend(
        database,
        "UPDATE pairings SET spent_unix_us = ?2 WHERE code_sha256 = ?1 AND spent_unix_us IS NULL "
        "AND expires_unix_us >= ?2 RETURNING user");
    Parameters(spend) << code_sha256 << now;
    if (!spend.executeStep()) return absl::NotFoundError("no such pairing");
    token.user = spend.getColumn(0).getString();
    spend.reset();
    SQLite::Statement put(database,
                          "INSERT INTO tokens (token_id, user, label, secret_sha256, "
                          "created_unix_us, expires_unix_us) VALUES (?, ?, ?, ?, ?, ?)");
    Parameters(put) << token.token_id << token.user << token.label << token.secret_sha256
                    << token.created_at << token.expires_at;
    put.exec();
    return token.user;
  });
}

absl::StatusOr<std::vector<AuditRow>> Store::ListAudit(int64_t before_entry, int64_t limit) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<std::vector<AuditRow>> {
    SQLite::Statement select(
        database,
        "SELECT entry, time_unix_us, user, token_id, peer, method, object, outcome FROM audit "
        "WHERE ?1 = 0 OR entry < ?1 ORDER BY entry DESC LIMIT ?2");
    Parameters(select) << before_entry << limit;
    std::vector<AuditRow> rows;
    while (select.executeStep()) {
      AuditRow& row = rows.emplace_back();
      Columns(select) >> row.entry >> row.time >> row.user >> row.token_id >> row.peer >>
          row.method >> row.object >> row.outcome;
    }
    return rows;
  });
}

absl::StatusOr<Ownership> Store::FindOwnership(const std::string& noun,
                                               const std::string& prefix) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<Ownership> {
    Ownership ownership;
    ASSIGN_OR_RETURN(ownership.id, ResolveId(database, noun, prefix));
    SQLite::Statement select(
        database, noun == "run"
                      ? "SELECT owner, is_private FROM runs WHERE run_id = ?"
                      : "SELECT comparisons.owner, coalesce(is_private, 0) FROM comparisons LEFT "
                        "JOIN runs ON run_id = usual_run_id WHERE comparisons.comparison_id = ?");
    Parameters(select) << ownership.id;
    select.executeStep();
    int64_t is_private = 0;
    Columns(select) >> ownership.owner >> is_private;
    ownership.is_private = is_private != 0;
    return ownership;
  });
}

}  // namespace powerdown
