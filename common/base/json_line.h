// Reads a line that holds one JSON object, by the reader that one of its keys names. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

}  // namespace powerdown
