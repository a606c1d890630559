// Reads the fields of one JSON object and keeps the first problem, so that callers check once.
// Not thread-safe; the object must outlive it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace powerdown {

class JsonReader {
 public:
  using Json = nlohmann::ordered_json;
  explicit JsonReader(const Json& object) : object_(object) {}

  // Missing or of another type: a problem that names the key, and an empty value.
  int64_t Whole(std::string_view key);
  double Real(std::string_view key);  // also "NaN", "Infinity", "-Infinity"
  std::string Text(std::string_view key);
  bool Flag(std::string_view key);
  const Json& Array(std::string_view key);
  const Json& Object(std::string_view key);
  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  // Missing or null: nullopt, or the value given.
  std::optional<double> OptionalReal(std::string_view key);
  std::string TextOr(std::string_view key, std::string_view otherwise);
  bool FlagOr(std::string_view key, bool otherwise);

  void Fail(std::string message);  // kept if it is the first
  const absl::Status& status() const { return status_; }

 private:
  const Json* Find(std::string_view key) const;
  const Json& Required(std::string_view key);

  const Json& object_;
  absl::Status status_;
};

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
  const auto json = JsonReader::Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return LineProblem(line, "not a JSON object");
  JsonReader reader(json);
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
