// The spec as JSON and TOML, both driven by SpecFields().
#include <toml++/toml.h>
#include <string>

#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/toml_bounds.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"
#include "common/run/run_spec.h"

namespace powerdown {
namespace {

// A JSON or TOML value as the text that SetSpecField reads.
absl::StatusOr<std::string> ValueText(std::string_view name, const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return JsonText(value);
  return absl::InvalidArgumentError(
      Concat(name, ": ", Quoted(JsonText(value)), " is not text and not a number"));
}

absl::StatusOr<std::string> ValueText(std::string_view name, const toml::node& value) {
  if (const auto* text = value.as_string()) return text->get();
  if (const auto* whole = value.as_integer()) return Concat(whole->get());
  if (const auto* real = value.as_floating_point()) return JsonText(real->get());
  return absl::InvalidArgumentError(Concat(name, ": is not text and not a number"));
}

template <typename Condition>
Json FieldsJson(const RunSpec& spec, Condition is_written) {
  Json json = Json::object();
  for (const SpecField& field : SpecFields()) {
    if (!is_written(field)) continue;
    std::visit([&](auto member) { json[std::string(field.name)] = spec.*member; }, field.member);
  }
  return json;
}

absl::Status At(std::string_view file_name, const toml::source_region& source,
                std::string_view message) {
  return absl::InvalidArgumentError(Concat(file_name, ":", source.begin.line, ": ", message));
}

}  // namespace

Json SpecJson(const RunSpec& spec) {
  return FieldsJson(spec, [&](const SpecField& field) {
    return !field.is_content || !SpecFieldText(spec, field).empty();
  });
}

std::string SpecToJson(const RunSpec& spec) {
  return JsonText(SpecJson(spec));
}

std::string CanonicalSpecJson(const RunSpec& spec) {
  return JsonText(
      FieldsJson(spec, [&](const SpecField& field) { return !IsLeftOutOfHashes(spec, field); }));
}

absl::StatusOr<RunSpec> SpecFromJson(std::string_view text) {
  const absl::StatusOr<Json> object = ParseJsonObject(text);
  if (object.ok()) return SpecFromObject(*object);
  return absl::InvalidArgumentError(Concat("spec: ", Quoted(text), " is not a JSON object"));
}

absl::StatusOr<RunSpec> SpecFromObject(const Json& object) {
  RunSpec spec;
  for (const auto& [name, value] : object.items()) {
    ASSIGN_OR_RETURN(const std::string text, ValueText(name, value));
    RETURN_IF_ERROR(SetSpecField(spec, name, text));
  }
  return spec;
}

absl::StatusOr<RunSpec> SpecFromToml(std::string_view toml, std::string_view file_name) {
  RETURN_IF_ERROR(CheckToml(toml, file_name));
  toml::table table;
  try {
    table = toml::parse(toml, file_name);
  } catch (const toml::parse_error& error) {
    return At(file_name, error.source(), error.description());
  }
  RunSpec spec;
  for (const auto& [key, value] : table) {
    const absl::StatusOr<std::string> text = ValueText(key.str(), value);
    if (!text.ok()) return At(file_name, value.source(), StdView(text.status().message()));
    const absl::Status set = SetSpecField(spec, key.str(), *text);
    if (!set.ok()) return At(file_name, value.source(), StdView(set.message()));
  }
  return spec;
}

}  // namespace powerdown
