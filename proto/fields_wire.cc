#include "proto/fields_wire.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

using google::protobuf::EnumDescriptor;

std::string PrefixOf(const EnumDescriptor& values) {
  constexpr std::string_view kUnspecified = "UNSPECIFIED";
  const std::string& name = values.FindValueByNumber(0)->name();
  return name.substr(0, name.size() - kUnspecified.size());
}

}  // namespace

int WireNumber(const EnumDescriptor& values, std::string_view word) {
  const std::string name = absl::AsciiStrToUpper(absl::StrReplaceAll(AbslView(word), {{"-", "_"}}));
  const auto* value = values.FindValueByName(PrefixOf(values) + name);
  return value == nullptr ? 0 : value->number();
}

absl::StatusOr<std::string> WordOf(const EnumDescriptor& values, int number) {
  const auto* value = values.FindValueByNumber(number);
  if (value == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(values.name(), " ", number, " is not known to this program; update it"));
  }
  const std::string name = value->name().substr(PrefixOf(values).size());
  return absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", "-"}}));
}

}  // namespace powerdown
