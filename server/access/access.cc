#include "server/access/access.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/wording.h"
#include "common/platform/files.h"
#include "server/access/secret.h"

namespace powerdown {
namespace {

constexpr char kTokenPrefix[] = "pd_";
constexpr absl::Duration kPairingLifetime = absl::Minutes(10);
constexpr absl::Duration kLastUsePeriod = absl::Minutes(1);
// Somebody who mistypes a code has ten tries, then one each half minute; others are not kept out by
// it. A code has 128 random bits and lives for ten minutes, so all together may try so often that a
// thousand guessing addresses do not keep an honest one out, and still never guess one.
constexpr AttemptTable::Bound kFailedPairings = {10, absl::Seconds(30)};
constexpr AttemptTable::Bound kAllFailedPairings = {10000, absl::Milliseconds(10)};
constexpr size_t kMostGuessers = 4096;  // addresses remembered: about half a megabyte
constexpr size_t kLongestName = TextLimitOf("user").most_bytes;
constexpr size_t kLongestLabel = TextLimitOf("label").most_bytes;

absl::Status NotKnown() {
  return absl::UnauthenticatedError(
      "access denied: pair this computer with `powerdown server pair` on the box and `powerdown "
      "server add` here");
}

absl::Status NoPairing() {
  return absl::UnauthenticatedError(
      "pairing refused: the code is wrong, used or expired; run `powerdown server pair` on the box "
      "for a new one (each works once, for ten minutes)");
}

absl::Status CheckName(const std::string& name) {
  bool is_good = !name.empty() && name.size() <= kLongestName;
  for (const char letter : name) {
    is_good = is_good && ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                          letter == '-' || letter == '_');
  }
  if (is_good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat("user: value is ", Quoted(name), "; allowed: 1 to 32 of a-z, 0-9, - and _"));
}

absl::Status CheckLabel(const std::string& label) {
  bool is_good = label.size() <= kLongestLabel;
  for (const char letter : label) is_good = is_good && static_cast<unsigned char>(letter) >= 0x20;
  if (is_good) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat("label: value is ", Quoted(label), "; allowed: at most ",
                                           kLongestLabel, " bytes without control characters"));
}

// 128 of the secret's 256 bits.
std::string CodeFrom(const std::string& secret) {
  return secret.substr(0, secret.size() / 2);
}

absl::Status NoToken(const std::string& token_id) {
  return absl::NotFoundError(Concat("token ", Quoted(token_id), " is not known"));
}

}  // namespace

Access::Access(Store* store, IdGenerator* ids, std::string owner, absl::Duration longest_wait)
    : store_(store),
      ids_(ids),
      owner_(std::move(owner)),
      longest_wait_(longest_wait),
      request_key_(RandomSecret()),
      failed_pairings_(kFailedPairings, kAllFailedPairings, kMostGuessers) {}

absl::Status Access::Busy() const {
  return absl::UnavailableError(
      Concat("changes of users and tokens have waited for the disk for more than ",
             absl::FormatDuration(longest_wait_), "; nothing was changed, try again"));
}

absl::Status Access::Load(absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<UserRow> users, store_->users().List());
  ASSIGN_OR_RETURN(const std::vector<TokenRow> tokens, store_->users().ListTokens());
  turn_.Take();
  const HeldTurn turn(&turn_);
  {
    HotLock lock(&mutex_);
    for (const UserRow& user : users) users_[user.name] = user;
    for (const TokenRow& token : tokens) tokens_[token.token_id].row = token;
    if (users_.contains(owner_)) return absl::OkStatus();
  }
  return PutUserRow(owner_, Role::kAdmin, now, {}).status();
}

absl::Status Access::EnsureAdminToken(const std::string& path, absl::Time now) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return absl::OkStatus();
  const Caller owner{owner_, Role::kAdmin, ""};
  ASSIGN_OR_RETURN(const NewToken made,
                   CreateToken(owner, owner_, "made at first start", std::nullopt, now));
  return WriteFile(path, made.token + "\n", {.mode = kOwnerOnly, .is_synced = true});
}

absl::Status Access::UseRequestKey(const std::string& path) {
  const absl::StatusOr<std::string> kept = ReadFile(path);
  if (kept.ok() && kept->size() == request_key_.size()) {
    request_key_ = *kept;
    return absl::OkStatus();
  }
  if (!kept.ok() && !absl::IsNotFound(kept.status())) return kept.status();
  return WriteFile(path, request_key_, {.mode = kOwnerOnly, .is_synced = true});
}

std::string Access::SecretFor(const std::string& request_id) const {
  return request_id.empty() ? RandomSecret() : Sha256Hex(Concat(request_key_, "/", request_id));
}

absl::StatusOr<Role> Access::RoleOf(const std::string& user) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return NotKnown();
  return ParseNamed<Role>(found->second.role);
}

absl::StatusOr<Caller> Access::IdentifyToken(std::string_view token, absl::Time now) {
  const std::vector<std::string> parts = absl::StrSplit(AbslView(token), '_');
  const bool is_token = parts.size() == 3 && parts[0] + "_" == kTokenPrefix;
  const std::string hash = Sha256Hex(is_token ? parts[2] : "");
  HotLock lock(&mutex_);
  const auto held = is_token ? tokens_.find(parts[1]) : tokens_.end();
  // An unknown id takes as long as a wrong secret.
  const bool is_right = EqualInConstantTime(
      hash, held == tokens_.end() ? Sha256Hex("nobody's") : held->second.row.secret_sha256);
  if (!is_right || held == tokens_.end()) return NotKnown();
  TokenRow& row = held->second.row;
  if (row.revoked_at || (row.expires_at && now >= *row.expires_at)) return NotKnown();
  ASSIGN_OR_RETURN(const Role role, RoleOf(row.user));
  row.last_used_at = now;
  held->second.is_dirty = true;
  return Caller{row.user, role, row.token_id};
}

absl::StatusOr<Caller> Access::IdentifyAccount(const std::string& account, bool is_owner) const {
  if (is_owner) return Caller{owner_, Role::kAdmin, ""};
  HotLock lock(&mutex_);
  const absl::StatusOr<Role> role = RoleOf(account);
  if (role.ok()) return Caller{account, *role, ""};
  return absl::UnauthenticatedError(
      Concat("account ", Quoted(account),
             " is not a user of this daemon; ask an admin of the box to run: powerdown user add ",
             account));
}

absl::Status Access::Confirm(const Caller& caller, absl::Time now) const {
  HotLock lock(&mutex_);
  if (!caller.token_id.empty()) {
    const auto held = tokens_.find(caller.token_id);
    if (held == tokens_.end() || held->second.row.revoked_at) return NotKnown();
    if (held->second.row.expires_at && now >= *held->second.row.expires_at) return NotKnown();
  } else if (caller.user == owner_) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Role role, RoleOf(caller.user));
  return role >= caller.role ? absl::OkStatus() : NotKnown();
}

absl::StatusOr<UserRow> Access::PutUser(const std::string& name, Role role, absl::Time now,
                                        const NewAnswer& answer) {
  RETURN_IF_ERROR(CheckName(name));
  if (name == owner_ && role != Role::kAdmin) {
    return absl::FailedPreconditionError(
        Concat("user ", name, " runs the daemon and must stay an admin"));
  }
  if (!turn_.TakeWithin(longest_wait_)) return Busy();
  const HeldTurn turn(&turn_);
  return PutUserRow(name, role, now, answer);
}

absl::StatusOr<UserRow> Access::PutUserRow(const std::string& name, Role role, absl::Time now,
                                           const NewAnswer& answer) {
  UserRow user{name, std::string(NameOf(role)), now};
  {
    HotLock lock(&mutex_);
    if (const auto found = users_.find(name); found != users_.end()) {
      user.created_at = found->second.created_at;
    } else if (users_.size() >= kMostUsers) {
      return absl::ResourceExhaustedError(
          Concat("there are ", users_.size(),
                 " users, which is the limit; remove one with: powerdown user remove NAME"));
    }
  }
  RETURN_IF_ERROR(store_->users().Put(user, answer));
  HotLock lock(&mutex_);
  users_[name] = user;
  return user;
}

absl::Status Access::DeleteUser(const std::string& name, const NewAnswer& answer) {
  if (name == owner_) {
    return absl::FailedPreconditionError(
        Concat("user ", name, " runs the daemon and cannot be removed"));
  }
  if (!turn_.TakeWithin(longest_wait_)) return Busy();
  const HeldTurn turn(&turn_);
  RETURN_IF_ERROR(store_->users().Delete(name, answer));
  HotLock lock(&mutex_);
  users_.erase(name);
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second.row.user == name; });
  return absl::OkStatus();
}

std::vector<UserRow> Access::ListUsers() const {
  std::vector<UserRow> users;
  HotLock lock(&mutex_);
  for (const auto& [name, user] : users_) users.push_back(user);
  return users;
}

absl::StatusOr<UserRow> Access::GetUser(const std::string& name) const {
  HotLock lock(&mutex_);
  if (const auto found = users_.find(name); found != users_.end()) return found->second;
  return absl::NotFoundError(Concat("user ", name, " is not known"));
}

absl::StatusOr<UserRow> Access::GetUserFor(const Caller& caller, const std::string& name) const {
  if (name.empty() || name == caller.user) return GetUser(caller.user);
  if (caller.role == Role::kAdmin) return GetUser(name);
  return absl::PermissionDeniedError("only an admin can see other users");
}

absl::StatusOr<std::vector<std::string>> Access::FindSpareTokens(const std::string& user,
                                                                 absl::Time now) const {
  HotLock lock(&mutex_);
  size_t usable = 0;
  std::vector<std::pair<absl::Time, std::string>> unusable;
  for (const auto& [id, held] : tokens_) {
    const TokenRow& row = held.row;
    if (row.user != user) continue;
    if (row.revoked_at || (row.expires_at && now >= *row.expires_at)) {
      unusable.emplace_back(row.created_at, id);
    } else {
      ++usable;
    }
  }
  if (usable >= kMostTokensOfUser) {
    return absl::ResourceExhaustedError(
        Concat("user ", user, " has ", usable,
               " tokens, which is the limit; revoke one with: powerdown user token --revoke ID"));
  }
  std::sort(unusable.begin(), unusable.end());
  std::vector<std::string> spare;
  for (size_t i = 0; i + kMostTokensOfUser <= unusable.size(); ++i) {
    spare.push_back(std::move(unusable[i].second));
  }
  return spare;
}

absl::Status Access::MakeRoomForToken(const std::string& user, absl::Time now) {
  ASSIGN_OR_RETURN(const std::vector<std::string> spare, FindSpareTokens(user, now));
  for (const std::string& token_id : spare) {
    RETURN_IF_ERROR(store_->users().DeleteToken(token_id));
    HotLock lock(&mutex_);
    tokens_.erase(token_id);
  }
  return absl::OkStatus();
}

NewToken Access::MakeToken(const std::string& user, const std::string& label,
                           std::optional<absl::Duration> lifetime, absl::Time now,
                           const std::string& request_id) {
  NewToken made;
  const std::string secret = SecretFor(request_id);
  made.row.token_id = ids_->Next(now);
  made.row.user = user;
  made.row.label = label;
  made.row.secret_sha256 = Sha256Hex(secret);
  made.row.created_at = now;
  if (lifetime) made.row.expires_at = now + *lifetime;
  made.token = Concat(kTokenPrefix, made.row.token_id, "_", secret);
  return made;
}

absl::StatusOr<NewToken> Access::CreateToken(const Caller& caller, const std::string& user,
                                             const std::string& label,
                                             std::optional<absl::Duration> lifetime, absl::Time now,
                                             NewAnswer answer) {
  RETURN_IF_ERROR(CheckLabel(label));
  if (lifetime && *lifetime <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("lifetime: must be more than 0 seconds");
  }
  const std::string name = user.empty() ? caller.user : user;
  if (name != caller.user && caller.role != Role::kAdmin) {
    return absl::PermissionDeniedError("only an admin can create tokens for other users");
  }
  NewToken made = MakeToken(name, label, lifetime, now, answer.request_id);
  answer.answer = made.row.token_id;
  if (!turn_.TakeWithin(longest_wait_)) return Busy();
  const HeldTurn turn(&turn_);
  {
    HotLock lock(&mutex_);
    const absl::StatusOr<Role> role = RoleOf(name);
    if (!role.ok()) return absl::NotFoundError(Concat("user ", Quoted(name), " is not known"));
    made.role = *role;
  }
  RETURN_IF_ERROR(MakeRoomForToken(name, now));
  RETURN_IF_ERROR(store_->users().PutToken(made.row, answer));
  HotLock lock(&mutex_);
  tokens_[made.row.token_id].row = made.row;
  return made;
}

absl::StatusOr<NewToken> Access::RepeatToken(const std::string& request_id,
                                             const std::string& answer) const {
  HotLock lock(&mutex_);
  const auto held = tokens_.find(answer);
  if (held == tokens_.end()) return NoToken(answer);
  NewToken made;
  made.row = held->second.row;
  ASSIGN_OR_RETURN(made.role, RoleOf(made.row.user));
  const std::string secret = SecretFor(request_id);
  if (Sha256Hex(secret) != made.row.secret_sha256) {
    return absl::FailedPreconditionError(
        Concat("token ", made.row.token_id,
               " was made by this request, and its secret cannot be "
               "shown again; revoke it and make another"));
  }
  made.token = Concat(kTokenPrefix, made.row.token_id, "_", secret);
  return made;
}

absl::Status Access::RevokeToken(const Caller& caller, const std::string& token_id, absl::Time now,
                                 const NewAnswer& answer) {
  if (!turn_.TakeWithin(longest_wait_)) return Busy();
  const HeldTurn turn(&turn_);
  TokenRow row;
  {
    HotLock lock(&mutex_);
    const auto held = tokens_.find(token_id);
    if (held == tokens_.end()) return NoToken(token_id);
    row = held->second.row;
  }
  if (row.user != caller.user && caller.role != Role::kAdmin) return NoToken(token_id);
  if (row.revoked_at) return absl::OkStatus();
  row.revoked_at = now;
  RETURN_IF_ERROR(store_->users().PutToken(row, answer));
  HotLock lock(&mutex_);
  tokens_[token_id].row.revoked_at = now;
  return absl::OkStatus();
}

std::vector<TokenRow> Access::ListTokens(const Caller& caller) const {
  std::vector<TokenRow> tokens;
  HotLock lock(&mutex_);
  for (const auto& [id, held] : tokens_) {
    if (caller.role == Role::kAdmin || held.row.user == caller.user) tokens.push_back(held.row);
  }
  return tokens;
}

absl::StatusOr<Access::Pairing> Access::StartPairing(const std::string& user, Role role,
                                                     absl::Time now, NewAnswer answer) {
  const std::string name = user.empty() ? owner_ : user;
  RETURN_IF_ERROR(CheckName(name));
  if (!turn_.TakeWithin(longest_wait_)) return Busy();
  const HeldTurn turn(&turn_);
  // Not only when the code is used: that is too late to choose another token.
  RETURN_IF_ERROR(MakeRoomForToken(name, now));
  if (!GetUser(name).ok()) RETURN_IF_ERROR(PutUserRow(name, role, now, {}).status());
  const Pairing pairing{CodeFrom(SecretFor(answer.request_id)), name, now + kPairingLifetime};
  answer.answer = Concat(absl::ToUnixMicros(pairing.expires_at), " ", name);
  RETURN_IF_ERROR(store_->users().PutPairing(
      {Sha256Hex(pairing.code), pairing.user, pairing.expires_at}, now, answer));
  return pairing;
}

Access::Pairing Access::RepeatPairing(const std::string& request_id,
                                      const std::string& answer) const {
  const std::pair<std::string, std::string> parts = absl::StrSplit(answer, absl::MaxSplits(' ', 1));
  int64_t expires = 0;
  static_cast<void>(absl::SimpleAtoi(parts.first, &expires));  // as StartPairing wrote it
  return {CodeFrom(SecretFor(request_id)), parts.second, absl::FromUnixMicros(expires)};
}

absl::StatusOr<NewToken> Access::Pair(const std::string& code, const std::string& label,
                                      const std::string& address, Instant now, NewAnswer answer) {
  RETURN_IF_ERROR(CheckLabel(label));
  // Before the turn: guessers do not keep others waiting.
  if (HotLock lock(&mutex_); failed_pairings_.IsSpent(address, now.monotonic)) {
    return absl::ResourceExhaustedError(
        "too many failed pairings from this address; try again in a minute");
  }
  NewToken made = MakeToken("", label, std::nullopt, now.wall, answer.request_id);
  answer.answer = made.row.token_id;
  if (!turn_.TakeWithin(longest_wait_)) return Busy();
  const HeldTurn turn(&turn_);
  // The code is found by its hash: how long that takes tells nothing of the code.
  const absl::StatusOr<std::string> user =
      store_->users().SpendPairing(Sha256Hex(code), now.wall, made.row, answer);
  HotLock lock(&mutex_);
  if (absl::IsNotFound(user.status())) {
    failed_pairings_.Take(address, now.monotonic);
    return NoPairing();
  }
  RETURN_IF_ERROR(user.status());
  made.row.user = *user;
  ASSIGN_OR_RETURN(made.role, RoleOf(*user));
  tokens_[made.row.token_id].row = made.row;
  return made;
}

void Access::Tick(Instant now) {
  if (!turn_.TakeWithin(absl::ZeroDuration())) return;  // the next tick does it
  const HeldTurn turn(&turn_);
  std::vector<TokenRow> used;
  {
    HotLock lock(&mutex_);
    if (now.monotonic - written_at_ < kLastUsePeriod) return;
    written_at_ = now.monotonic;
    for (auto& [id, held] : tokens_) {
      if (std::exchange(held.is_dirty, false)) used.push_back(held.row);
    }
  }
  if (used.empty() || store_->users().PutLastUses(used).ok()) return;
  // When it was last used is no promise: what cannot be written is written at the next round.
  HotLock lock(&mutex_);
  for (const TokenRow& row : used) tokens_[row.token_id].is_dirty = true;
}

}  // namespace powerdown
