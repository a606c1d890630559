// Lines that hold one JSON object, one of whose keys names what it is: read by the reader of that
// name, and written with the name in front. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/fields_json.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"

namespace powerdown {

// Reads one kind of line; problems go to the reader or are returned.
template <typename T>
struct NamedReader {
  std::string_view name;
  absl::StatusOr<T> (*read)(JsonReader&);
};
absl::Status LineProblem(std::string_view line, std::string_view problem);

// Parses a line and reads it with the reader that `key` names.
template <typename T, size_t kReaders>
absl::StatusOr<T> ReadNamed(std::string_view line, std::string_view key,
                            const NamedReader<T> (&readers)[kReaders]) {
  const absl::StatusOr<Json> json = ParseJsonObject(line);
  if (!json.ok()) return LineProblem(line, std::string(json.status().message()));
  JsonReader reader(*json);
  const std::string name = reader.Text(key);
  for (const NamedReader<T>& known : readers) {
    if (known.name != name) continue;
    absl::StatusOr<T> result = known.read(reader);
    if (result.ok() && reader.status().ok()) return result;
    const absl::Status& problem = reader.status().ok() ? result.status() : reader.status();
    return LineProblem(line, std::string(problem.message()));
  }
  return LineProblem(line, reader.status().ok() ? std::string(key) + " is not known"
                                                : std::string(reader.status().message()));
}

// The readers are in the order of the variant T.
template <typename T, size_t kReaders>
std::string FormatNamed(const T& line, std::string_view key,
                        const NamedReader<T> (&readers)[kReaders]) {
  static_assert(kReaders == std::variant_size_v<T>);
  Json json = Json::object();
  json[std::string(key)] = readers[line.index()].name;
  json.update(std::visit([](const auto& what) { return ObjectJson(what); }, line));
  return JsonText(json);
}

}  // namespace powerdown
