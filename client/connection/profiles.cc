#include "client/connection/profiles.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "common/base/config_text.h"
#include "common/base/pairing.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/base/wording.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr char kExtension[] = ".toml";
constexpr size_t kLongestName = 32;

bool IsOfName(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
         letter == '_' || letter == '.';
}

bool IsName(const std::string& name) {
  if (name.empty() || name.size() > kLongestName || name.front() == '.') return false;
  return std::all_of(name.begin(), name.end(), IsOfName);
}

std::string Toml(const std::string& key, const std::string& value) {
  return Concat(key, " = \"",
                absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                "\"\n");
}

std::string TextOf(const Profile& profile) {
  return Concat("# Anyone who has this file can act as this user: keep it secret.\n",
                Toml("address", profile.endpoint.address), Toml("user", profile.user),
                Toml("role", profile.role), Toml("fingerprint", profile.endpoint.fingerprint),
                Toml("token", profile.endpoint.token),
                Toml("certificate", profile.endpoint.certificate_pem));
}

std::string ProfilePath(const std::string& config_folder, const std::string& name) {
  return Concat(config_folder, "/servers/", name, kExtension);
}

absl::Status NoProfile(const std::string& name) {
  return absl::NotFoundError(
      Concat("no server is named ", Quoted(name), "; list them: powerdown server list"));
}

absl::StatusOr<Profile> ReadProfile(const std::string& path, const std::string& name) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(
        Concat(path, " can be read by others: run `chmod 600 ", path, "`, or pair again"));
  }
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) {
    return NoProfile(name);
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(auto settings, ParseConfigToml(*text, path));
  return Profile{
      name,
      settings["user"],
      settings["role"],
      {settings["address"], settings["fingerprint"], settings["certificate"], settings["token"]}};
}

}  // namespace

absl::StatusOr<std::string> ConfigFolder() {
  // The XDG standard says that a relative path is to be ignored.
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/') {
    return Concat(config, "/powerdown");
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return Concat(home, "/.config/powerdown");
  }
  const passwd* user = getpwuid(getuid());
  if (user != nullptr && user->pw_dir != nullptr && *user->pw_dir == '/') {
    return Concat(user->pw_dir, "/.config/powerdown");
  }
  return absl::UnavailableError("no home folder for credentials; set HOME or XDG_CONFIG_HOME");
}

absl::Status SaveProfile(const std::string& config_folder, const Profile& profile) {
  if (!IsName(profile.name)) {
    return absl::InvalidArgumentError(Concat("name: value is ", Quoted(profile.name),
                                             "; allowed: 1 to 32 of a-z, 0-9, -, _ and ."));
  }
  const std::string folder = config_folder + "/servers";
  RETURN_IF_ERROR(MakePrivateFolder(config_folder));
  RETURN_IF_ERROR(MakePrivateFolder(folder));
  return WriteFile(Concat(folder, "/", profile.name, kExtension), TextOf(profile),
                   {.mode = kOwnerOnly, .is_synced = true});
}

absl::StatusOr<Profile> FindProfile(const std::string& config_folder,
                                    const std::string& name_or_address) {
  if (IsName(name_or_address)) {
    const std::string path = ProfilePath(config_folder, name_or_address);
    if (fs::exists(path)) return ReadProfile(path, name_or_address);
  }
  ASSIGN_OR_RETURN(const std::vector<Profile> profiles, ListProfiles(config_folder));
  for (const Profile& profile : profiles) {
    if (profile.endpoint.address == name_or_address) return profile;
  }
  return NoProfile(name_or_address);
}

absl::Status RemoveProfile(const std::string& config_folder, const std::string& name) {
  if (!IsName(name) || !fs::exists(ProfilePath(config_folder, name))) return NoProfile(name);
  std::error_code error;
  if (fs::remove(ProfilePath(config_folder, name), error)) return absl::OkStatus();
  return absl::UnavailableError(
      Concat("cannot remove ", ProfilePath(config_folder, name), ": ", error.message()));
}

absl::Status RenameProfile(const std::string& config_folder, const std::string& name,
                           const std::string& new_name) {
  if (!IsName(name) || !fs::exists(ProfilePath(config_folder, name))) return NoProfile(name);
  ASSIGN_OR_RETURN(Profile profile, ReadProfile(ProfilePath(config_folder, name), name));
  if (IsName(new_name) && fs::exists(ProfilePath(config_folder, new_name))) {
    return absl::AlreadyExistsError(Concat("a server is named ", Quoted(new_name), " already"));
  }
  profile.name = new_name;
  RETURN_IF_ERROR(SaveProfile(config_folder, profile));
  return RemoveProfile(config_folder, name);
}

std::string ProfileNameFor(const Endpoint& endpoint) {
  const absl::StatusOr<HostPort> address = ParseHostPort(endpoint.address);
  const std::string host = address.ok() ? absl::AsciiStrToLower(address->host) : "server";
  std::string name(CutUtf8(host, kLongestName));
  // IPv6 has ":" and "%".
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return !IsOfName(letter); }, '-');
  if (name.starts_with('.')) name.front() = '-';
  return name;
}

absl::StatusOr<std::vector<Profile>> ListProfiles(const std::string& config_folder) {
  std::error_code none;
  std::vector<Profile> profiles;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(config_folder + "/servers", none)) {
    if (entry.path().extension() != kExtension) continue;
    ASSIGN_OR_RETURN(Profile profile, ReadProfile(entry.path(), entry.path().stem()));
    profiles.push_back(std::move(profile));
  }
  std::sort(profiles.begin(), profiles.end(),
            [](const Profile& a, const Profile& b) { return a.name < b.name; });
  return profiles;
}

}  // namespace powerdown
