// The servers that this computer is paired with: one file each under
// $XDG_CONFIG_HOME/powerdown/servers, created with mode 0600. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection/endpoint.h"

namespace powerdown {

struct Profile {
  std::string name;  // 1 to 32 of a-z 0-9 - _ .
  std::string user;  // the user that the token belongs to
  std::string role;
  Endpoint endpoint;
};

// $XDG_CONFIG_HOME/powerdown, else ~/.config/powerdown. Unavailable without a home folder.
absl::StatusOr<std::string> ConfigFolder();

// The name of a profile if the user gives none: the host of its address, with "-" for each
// character that a name cannot have.
std::string ProfileNameFor(const Endpoint& endpoint);
// Replaces a profile of the same name. InvalidArgument for a bad name.
absl::Status SaveProfile(const std::string& config_folder, const Profile& profile);
// By name, else by its HOST:PORT. NotFound; PermissionDenied if others may read the file.
absl::StatusOr<Profile> FindProfile(const std::string& config_folder,
                                    const std::string& name_or_address);
// By name. NotFound.
absl::Status RemoveProfile(const std::string& config_folder, const std::string& name);
// NotFound; AlreadyExists if another one has the new name.
absl::Status RenameProfile(const std::string& config_folder, const std::string& name,
                           const std::string& new_name);
absl::StatusOr<std::vector<Profile>> ListProfiles(const std::string& config_folder);  // by name

}  // namespace powerdown
