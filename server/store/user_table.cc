#include "server/store/user_table.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/store/database_file.h"
#include "server/store/statements.h"

namespace powerdown {

absl::Status UserTable::Put(const UserRow& user, const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(database,
                  "INSERT INTO users (name, role, created_unix_us) VALUES (?, ?, ?) "
                  "ON CONFLICT (name) DO UPDATE SET role = excluded.role");
    Parameters(put) << user.name << user.role << user.created_at;
    put.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::Status UserTable::Delete(const std::string& name, const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement remove(database, "DELETE FROM users WHERE name = ?");
    Parameters(remove) << name;
    if (remove.exec() > 0) {
      Remember(database, answer);
      return absl::OkStatus();
    }
    return absl::NotFoundError(absl::StrCat("user ", name, " is not known"));
  });
}

absl::StatusOr<std::vector<UserRow>> UserTable::List() const {
  return file_.Read([](DatabaseConnection& database) -> absl::StatusOr<std::vector<UserRow>> {
    Statement select(database, "SELECT name, role, created_unix_us FROM users ORDER BY name");
    std::vector<UserRow> users;
    while (select.executeStep()) {
      UserRow& user = users.emplace_back();
      Columns(select) >> user.name >> user.role >> user.created_at;
    }
    return users;
  });
}

absl::Status UserTable::PutToken(const TokenRow& token, const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(
        database,
        "INSERT INTO tokens (token_id, user, label, secret_sha256, created_unix_us, "
        "expires_unix_us, revoked_unix_us, last_used_unix_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (token_id) DO UPDATE SET revoked_unix_us = excluded.revoked_unix_us, "
        "last_used_unix_us = excluded.last_used_unix_us");
    Parameters(put) << token.token_id << token.user << token.label << token.secret_sha256
                    << token.created_at << token.expires_at << token.revoked_at
                    << token.last_used_at;
    put.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::Status UserTable::PutLastUses(const std::vector<TokenRow>& tokens) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(database, "UPDATE tokens SET last_used_unix_us = ? WHERE token_id = ?");
    for (const TokenRow& token : tokens) {
      Parameters(put) << token.last_used_at << token.token_id;
      put.exec();
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<TokenRow>> UserTable::ListTokens() const {
  return file_.Read([](DatabaseConnection& database) -> absl::StatusOr<std::vector<TokenRow>> {
    Statement select(
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

absl::Status UserTable::DeleteToken(const std::string& token_id) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement remove(database, "DELETE FROM tokens WHERE token_id = ?");
    Parameters(remove) << token_id;
    remove.exec();
    return absl::OkStatus();
  });
}

absl::Status UserTable::PutPairing(const PairingRow& pairing, absl::Time now,
                                   const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement forget(database, "DELETE FROM pairings WHERE expires_unix_us < ?");
    Parameters(forget) << now;
    forget.exec();
    const int64_t open =
        database.execAndGet("SELECT count(*) FROM pairings WHERE spent_unix_us IS NULL").getInt64();
    if (open >= kMostOpenPairings) {
      return absl::ResourceExhaustedError(
          absl::StrCat(open,
                       " pairing codes are open, which is the limit; use one, or wait until "
                       "one expires"));
    }
    Statement put(database,
                  "INSERT INTO pairings (code_sha256, user, expires_unix_us) VALUES (?, ?, ?)");
    Parameters(put) << pairing.code_sha256 << pairing.user << pairing.expires_at;
    put.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::string> UserTable::SpendPairing(const std::string& code_sha256, absl::Time now,
                                                    TokenRow token, const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) -> absl::StatusOr<std::string> {
    Statement spend(
        database,
        "UPDATE pairings SET spent_unix_us = ?2 WHERE code_sha256 = ?1 AND spent_unix_us IS NULL "
        "AND expires_unix_us >= ?2 RETURNING user");
    Parameters(spend) << code_sha256 << now;
    if (!spend.executeStep()) return absl::NotFoundError("no such pairing");
    token.user = spend.getColumn(0).getString();
    spend.reset();
    Statement put(database,
                  "INSERT INTO tokens (token_id, user, label, secret_sha256, "
                  "created_unix_us, expires_unix_us) VALUES (?, ?, ?, ?, ?, ?)");
    Parameters(put) << token.token_id << token.user << token.label << token.secret_sha256
                    << token.created_at << token.expires_at;
    put.exec();
    Remember(database, answer);
    return token.user;
  });
}

}  // namespace powerdown
