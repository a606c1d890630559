#include "common/base/config_text.h"

#include <toml++/toml.h>
#include <sstream>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/toml_bounds.h"

namespace powerdown {
namespace {

using Settings = std::map<std::string, std::string>;

std::string NumberText(const toml::node& node) {
  std::ostringstream text;
  if (const auto* number = node.as_integer()) text << number->get();
  if (const auto* number = node.as_floating_point()) {
    text.precision(17);
    text << number->get();
  }
  return text.str();
}

absl::Status Flatten(const toml::table& table, const std::string& prefix,
                     std::string_view file_name, Settings& settings) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      RETURN_IF_ERROR(Flatten(*inner, name + ".", file_name, settings));
    } else if (const auto* text = node.as_string()) {
      settings[name] = text->get();
    } else if (const auto* flag = node.as_boolean()) {
      settings[name] = flag->get() ? "true" : "false";
    } else if (node.is_number()) {
      settings[name] = NumberText(node);
    } else {
      return absl::InvalidArgumentError(Concat(file_name, ":", node.source().begin.line, ": ", name,
                                               " must be a text, a number, true or false"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Settings> ParseConfigToml(std::string_view toml, std::string_view file_name) {
  RETURN_IF_ERROR(CheckToml(toml, file_name));
  try {
    Settings settings;
    RETURN_IF_ERROR(Flatten(toml::parse(toml), "", file_name, settings));
    return settings;
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(
        Concat(file_name, ":", error.source().begin.line, ": ", error.description()));
  }
}

}  // namespace powerdown
