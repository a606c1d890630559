// Accounts of this machine: in whose name programs run. Thread-safe.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // all, with gid
  std::string home;
  std::string shell;
  bool IsOwn() const { return uid == geteuid() && gid == getegid(); }
};

// NotFound names an account that the machine does not have.
absl::StatusOr<Account> FindAccount(const std::string& name);
// The one of this process, also where no name is known for it.
Account OwnAccount();

}  // namespace powerdown
