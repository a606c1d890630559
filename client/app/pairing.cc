#include "client/app/pairing.h"

#include <unistd.h>

#include "client/connection/access_calls.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(15);

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

absl::StatusOr<ServerProfile> PairAndSave(const std::string& pairing) {
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  ASSIGN_OR_RETURN(Profile profile, PairWith(pairing, HostName(), kTimeout));
  profile.name = ProfileNameFor(profile.endpoint);
  RETURN_IF_ERROR(SaveProfile(folder, profile));
  return ServerProfile{profile.name, profile.endpoint.address};
}

}  // namespace powerdown
