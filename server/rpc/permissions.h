// One table of who may call what. Pure.
#pragma once

#include <optional>

#include "powerdown/v1/rpcs.h"
#include "server/access/access.h"
#include "server/door/limits.h"

namespace powerdown {

enum class Reach {
  kEveryone,  // callers without a token too: they bring a pairing code
  kCaller,    // the role suffices; lists hold only what the caller may see
  kRead,      // a run or comparison that the caller may see
  kWrite,     // … that is the caller's own; an admin's are all
};

struct Permission {
  Role least = Role::kAdmin;
  Reach reach = Reach::kCaller;
  bool is_audited = false;             // also when it is allowed
  int64_t most_bytes = kSmallRequest;  // of a request
  bool needs_account = false;          // runs a program: as an account that the caller is or has
};

// Nullopt for an RPC that the table does not have: nobody may call it.
std::optional<Permission> PermissionOf(Rpc rpc);
const char* NameOf(Rpc rpc);  // "RunService/SubmitRun"

}  // namespace powerdown
