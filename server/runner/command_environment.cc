#include "server/runner/command_environment.h"

#include <map>

#include "common/base/text.h"
#include "common/platform/environment.h"

namespace powerdown {

std::vector<std::string> CommandEnvironment(const std::vector<std::string>& asked,
                                            const std::vector<std::string>& ours) {
  std::map<std::string, std::string> values = {{"PATH", Concat("PATH=", kUsualPath)}};
  const auto add = [&](const std::vector<std::string>& variables) {
    for (const std::string& variable : variables) {
      values[variable.substr(0, variable.find('='))] = variable;
    }
  };
  add(ListedEnvironment(kWorkerVariables));
  add(asked);
  add(ours);
  std::vector<std::string> environment;
  for (auto& [name, variable] : values) environment.push_back(std::move(variable));
  return environment;
}

}  // namespace powerdown
