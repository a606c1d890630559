#include "common/platform/environment.h"

#include <unistd.h>

#include <algorithm>

extern char** environ;

namespace powerdown {
namespace {

bool IsListed(std::string_view name, std::span<const std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view listed) {
    if (!listed.ends_with('*')) return name == listed;
    return name.starts_with(listed.substr(0, listed.size() - 1));
  });
}

}  // namespace

std::vector<std::string> ListedEnvironment(std::span<const std::string_view> names) {
  std::vector<std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (IsListed(variable.substr(0, variable.find('=')), names)) variables.emplace_back(variable);
  }
  return variables;
}

}  // namespace powerdown
