// Users, their roles and tokens, and who a caller is. Thread-safe.
//
// Tokens are "pd_<token id>_<256 random bits>"; the store keeps their SHA-256. They are also held
// in memory, so that a call costs no read of the disk; every change goes through here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/hot_mutex.h"
#include "common/base/ids.h"
#include "common/base/instant.h"
#include "common/base/named.h"
#include "common/base/write_turn.h"
#include "server/access/attempt_table.h"
#include "server/store/store.h"

namespace powerdown {

enum class Role { kViewer, kSubmitter, kAdmin };  // each may do all that the one before it may
template <>
struct NamesOf<Role> {
  static constexpr std::string_view kWhat = "role";
  static constexpr std::string_view kNames[] = {"viewer", "submitter", "admin"};
};

// Who calls.
struct Caller {
  std::string user;
  Role role = Role::kViewer;
  std::string token_id;  // empty: known by its account on this machine
  // Of this machine, in whose name the caller may run commands; empty: none.
  std::string account;
};

struct NewToken {
  std::string token;  // shown once, stored nowhere
  TokenRow row;
  Role role = Role::kViewer;
};

class Access {
 public:
  // All users are held in memory and listed in one message.
  static constexpr size_t kMostUsers = 1000;
  // A token is a computer or a script: of one user, usable at a time. As many that were revoked or
  // have expired are still listed; the oldest of them are forgotten.
  static constexpr size_t kMostTokensOfUser = 100;

  // `owner` is the account that the daemon runs as: always an admin.
  // A change waits for those before it, which wait for the disk, for `longest_wait`; then it is
  // Unavailable.
  Access(Store* store, IdGenerator* ids, std::string owner,
         absl::Duration longest_wait = absl::Seconds(5));
  // Reads users and tokens. Call once, before all else.
  absl::Status Load(absl::Time now);
  // Writes a token of the owner to a file of mode 0600, unless the file exists.
  absl::Status EnsureAdminToken(const std::string& path, absl::Time now);
  // Reads a key from a file of mode 0600, or makes both. From it and a request id come the secrets
  // that a request asks for, so that a repeat, also after a crash, gets the same secret although
  // none is stored. Without it, a repeat does so until the daemon ends.
  absl::Status UseRequestKey(const std::string& path);

  // Unauthenticated, with the same message whatever the cause.
  absl::StatusOr<Caller> IdentifyToken(std::string_view token, absl::Time now);
  // A caller on this machine, by the name of its account; `is_owner`: the daemon's own, or root.
  absl::StatusOr<Caller> IdentifyAccount(const std::string& account, bool is_owner) const;
  // Whether an identity that was found earlier still holds, and with the same role.
  absl::Status Confirm(const Caller& caller, absl::Time now) const;

  // Users. Only admins may call these, but for Get; names are 1 to 32 of a-z 0-9 - _.
  absl::StatusOr<UserRow> PutUser(const std::string& name, Role role, absl::Time now,
                                  const NewAnswer& answer = {});
  absl::Status DeleteUser(const std::string& name, const NewAnswer& answer = {});
  std::vector<UserRow> ListUsers() const;                          // by name
  absl::StatusOr<UserRow> GetUser(const std::string& name) const;  // NotFound
  // The same, for `caller`, who may only see themselves unless an admin. `name` empty: the caller.
  absl::StatusOr<UserRow> GetUserFor(const Caller& caller, const std::string& name) const;

  // Tokens: an admin's of all users, others' of their own.
  absl::StatusOr<NewToken> CreateToken(const Caller& caller, const std::string& user,
                                       const std::string& label,
                                       std::optional<absl::Duration> lifetime, absl::Time now,
                                       NewAnswer answer = {});
  // The token that CreateToken or Pair made for this request; `answer` is what they remembered.
  absl::StatusOr<NewToken> RepeatToken(const std::string& request_id,
                                       const std::string& answer) const;
  absl::Status RevokeToken(const Caller& caller, const std::string& token_id, absl::Time now,
                           const NewAnswer& answer = {});
  std::vector<TokenRow> ListTokens(const Caller& caller) const;

  // A code that can be exchanged once, within ten minutes, for a token of `user`. Creates the user
  // if missing.
  struct Pairing {
    std::string code;
    std::string user;
    absl::Time expires_at;
  };
  absl::StatusOr<Pairing> StartPairing(const std::string& user, Role role, absl::Time now,
                                       NewAnswer answer = {});
  Pairing RepeatPairing(const std::string& request_id, const std::string& answer) const;
  // Unauthenticated, with the same message whatever the cause; ResourceExhausted after many
  // failures from this address.
  absl::StatusOr<NewToken> Pair(const std::string& code, const std::string& label,
                                const std::string& address, Instant now, NewAnswer answer = {});

  // Stores when tokens were last used. Called by the daemon's loop.
  void Tick(Instant now);

  const std::string& owner() const { return owner_; }

 private:
  absl::Status Busy() const;  // the turn was not to be had
  absl::StatusOr<Role> RoleOf(const std::string& user) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // ResourceExhausted when the user has kMostTokensOfUser usable ones.
  absl::Status MakeRoomForToken(const std::string& user, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  // The unusable tokens of the user, oldest first, that are too many with one more.
  absl::StatusOr<std::vector<std::string>> FindSpareTokens(const std::string& user,
                                                           absl::Time now) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<UserRow> PutUserRow(const std::string& name, Role role, absl::Time now,
                                     const NewAnswer& answer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_)
      ABSL_LOCKS_EXCLUDED(mutex_);
  NewToken MakeToken(const std::string& user, const std::string& label,
                     std::optional<absl::Duration> lifetime, absl::Time now,
                     const std::string& request_id);
  // 64 hexadecimal digits: at random, or the request's.
  std::string SecretFor(const std::string& request_id) const;

  Store* const store_;
  IdGenerator* const ids_;
  const std::string owner_;
  const absl::Duration longest_wait_;
  std::string request_key_;  // set before all else

  // Taken by who changes something, also while it is written. What follows changes with both, and
  // is read with mutex_ alone: nobody who only calls waits for the disk.
  WriteTurn turn_;
  mutable HotMutex mutex_ ABSL_ACQUIRED_AFTER(turn_);
  std::map<std::string, UserRow> users_ ABSL_GUARDED_BY(mutex_);
  struct Held {
    TokenRow row;
    bool is_dirty = false;  // its last use is not yet written
  };
  std::map<std::string, Held> tokens_ ABSL_GUARDED_BY(mutex_);
  AttemptTable failed_pairings_ ABSL_GUARDED_BY(mutex_);
  absl::Duration written_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
