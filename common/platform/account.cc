#include "common/platform/account.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>

#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/system_error.h"

namespace powerdown {
namespace {

constexpr size_t kEntryBytes = 16 << 10;  // of a line in passwd, with room
constexpr int kMostGroups = 65536;        // what Linux takes

std::vector<gid_t> GroupsOf(const std::string& name, gid_t gid) {
  int count = 64;
  for (;;) {
    std::vector<gid_t> groups(static_cast<size_t>(count));
    // A group's number is an int on some systems.
    const int found = getgrouplist(name.c_str(), gid, groups.data(), &count);
    if (found >= 0) {
      groups.resize(static_cast<size_t>(count));
      return groups;
    }
    if (count > kMostGroups || count <= static_cast<int>(groups.size())) return {gid};
  }
}

Account FromEntry(const passwd& entry) {
  return {.name = entry.pw_name,
          .uid = entry.pw_uid,
          .gid = entry.pw_gid,
          .groups = GroupsOf(entry.pw_name, entry.pw_gid),
          .home = entry.pw_dir,
          .shell = entry.pw_shell};
}

}  // namespace

absl::StatusOr<Account> FindAccount(const std::string& name) {
  passwd entry = {};
  passwd* found = nullptr;
  std::string texts(kEntryBytes, '\0');
  const int error = getpwnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found);
  if (error != 0) return SystemError(Concat("cannot look up the account ", Quoted(name)), error);
  if (found != nullptr) return FromEntry(entry);
  return absl::NotFoundError(Concat("this machine has no account ", Quoted(name)));
}

Account OwnAccount() {
  passwd entry = {};
  passwd* found = nullptr;
  std::string texts(kEntryBytes, '\0');
  getpwuid_r(geteuid(), &entry, texts.data(), texts.size(), &found);
  if (found != nullptr) {
    Account account = FromEntry(entry);
    account.gid = getegid();
    return account;
  }
  return {.name = Concat(geteuid()),
          .uid = geteuid(),
          .gid = getegid(),
          .groups = {getegid()},
          .home = "/",
          .shell = "/bin/sh"};
}

}  // namespace powerdown
