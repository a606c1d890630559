#include "common/base/json_reader.h"

#include <cmath>
#include <limits>
#include <utility>

#include "common/base/json.h"
#include "common/base/json_line.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

const Json& Null() {
  static const auto& null = *new Json(nullptr);
  return null;
}

std::optional<double> ToReal(const Json& value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return kInfinity;
  if (value == "-Infinity") return -kInfinity;
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> WholeOf(const Json& json) {
  if (!json.is_number_integer()) return std::nullopt;
  // Of a number above the greatest, get<int64_t> would make a negative one.
  if (json.is_number_unsigned() && !std::in_range<int64_t>(json.get<uint64_t>())) {
    return std::nullopt;
  }
  return json.get<int64_t>();
}

const Json* JsonReader::Find(std::string_view key) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const Json& JsonReader::Required(std::string_view key) {
  if (const Json* value = Find(key)) return *value;
  Fail(Concat(Quoted(key), " is missing"));
  return Null();
}

int64_t JsonReader::Whole(std::string_view key) {
  const Json& value = Required(key);
  const std::optional<int64_t> whole = WholeOf(value);
  if (!whole) Fail(Concat(Quoted(key), " is not a whole number"));
  return whole.value_or(0);
}

double JsonReader::Real(std::string_view key) {
  const std::optional<double> real = ToReal(Required(key));
  if (!real) Fail(Concat(Quoted(key), " is not a number"));
  return real.value_or(0);
}

std::string JsonReader::Text(std::string_view key) {
  const Json& value = Required(key);
  if (value.is_string()) return value.get<std::string>();
  Fail(Concat(Quoted(key), " is not text"));
  return "";
}

bool JsonReader::Flag(std::string_view key) {
  const Json& value = Required(key);
  if (value.is_boolean()) return value.get<bool>();
  Fail(Concat(Quoted(key), " is not true or false"));
  return false;
}

const Json& JsonReader::Array(std::string_view key) {
  const Json& value = Required(key);
  if (value.is_array()) return value;
  Fail(Concat(Quoted(key), " is not an array"));
  return Null();
}

const Json& JsonReader::Object(std::string_view key) {
  const Json& value = Required(key);
  if (value.is_object()) return value;
  Fail(Concat(Quoted(key), " is not an object"));
  return Null();
}

std::optional<double> JsonReader::OptionalReal(std::string_view key) {
  if (Find(key) == nullptr) return std::nullopt;
  return Real(key);
}

std::string JsonReader::TextOr(std::string_view key, std::string_view otherwise) {
  return Find(key) == nullptr ? std::string(otherwise) : Text(key);
}

bool JsonReader::FlagOr(std::string_view key, bool otherwise) {
  return Find(key) == nullptr ? otherwise : Flag(key);
}

void JsonReader::Fail(std::string message) {
  if (status_.ok()) status_ = absl::InvalidArgumentError(message);
}

absl::Status LineProblem(std::string_view line, std::string_view problem) {
  return absl::InvalidArgumentError(Concat(problem, " in ", Quoted(line)));
}

}  // namespace powerdown
