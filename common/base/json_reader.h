// Reads the fields of one JSON object and keeps the first problem, so that callers check once.
// Not thread-safe; the object must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/json_fwd.h"

namespace powerdown {

// Nullopt for what is not a whole number, or does not fit in 64 bits with a sign.
std::optional<int64_t> WholeOf(const Json& json);

class JsonReader {
 public:
  explicit JsonReader(const Json& object) : object_(object) {}

  // Missing or of another type: a problem that names the key, and an empty value.
  int64_t Whole(std::string_view key);
  double Real(std::string_view key);  // also "NaN", "Infinity", "-Infinity"
  std::string Text(std::string_view key);
  bool Flag(std::string_view key);
  const Json& Array(std::string_view key);
  const Json& Object(std::string_view key);
  const Json& Value(std::string_view key) { return Required(key); }  // of any type
  bool Has(std::string_view key) const { return Find(key) != nullptr; }
  // Missing or null: nullopt, or the value given.
  std::optional<double> OptionalReal(std::string_view key);
  std::string TextOr(std::string_view key, std::string_view otherwise);
  bool FlagOr(std::string_view key, bool otherwise);

  void Fail(std::string message);  // kept if it is the first
  void Check(const absl::Status& status) {
    if (!status.ok()) Fail(std::string(status.message()));
  }
  const absl::Status& status() const { return status_; }

 private:
  const Json* Find(std::string_view key) const;
  const Json& Required(std::string_view key);

  const Json& object_;
  absl::Status status_;
};

}  // namespace powerdown
