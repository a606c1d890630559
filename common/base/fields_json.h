// JSON both ways from a type's list of fields; see common/base/fields.h. For the .cc files that say
// which types have a JSON form. Pure.
//
// Overload for other types: Json ToJson(const T&), absl::Status FromJson(const Json&, T&),
// bool IsEmpty(const T&). What a list cannot say: void FinishJson(const T&, Json&),
// void FinishReading(JsonReader&, T&).
#pragma once

#include <cmath>
#include <string>

#include "absl/time/time.h"
#include "common/base/fields.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/named.h"
#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/time_range.h"
#include "common/base/utf8.h"
#include "common/base/wording.h"

namespace powerdown {

// A number in its unit, such as Joules.
template <typename T>
concept IsQuantity = requires(const T& value) {
  T(value.value());
  requires std::is_same_v<decltype(value.value()), double>;
};

template <typename T>
Json ObjectJson(const T& value);

template <typename T>
Json ToJson(const T& value) {
  if constexpr (IsDescribed<T>) {
    return ObjectJson(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return NumberJson(value);
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    return TimeText(value);
  } else if constexpr (std::is_same_v<T, absl::Duration>) {
    return absl::ToInt64Microseconds(value);
  } else if constexpr (HasNames<T>) {
    return std::string(NameOf(value));
  } else if constexpr (IsNamed<T>) {
    return std::string(value.name());
  } else if constexpr (kIsVector<T>) {
    Json array = Json::array();
    for (const auto& item : value) array.push_back(ToJson(item));
    return array;
  } else if constexpr (IsQuantity<T>) {
    return NumberJson(value.value());
  } else {
    return value;  // text, a whole number, true or false
  }
}

template <typename T>
bool IsEmpty(const T& value) {
  if constexpr (IsNamed<T>) {
    return value.name().empty();
  } else {
    return value == T();
  }
}

template <unsigned kTraits, typename T>
void PutField(Json& json, std::string_view name, const T& value) {
  const std::string key(name);
  if constexpr (kIsOptional<T>) {
    if (value) json[key] = ToJson(*value);
  } else if constexpr ((kTraits & kJsonText) != 0) {
    absl::StatusOr<Json> inner = ParseJson(value);
    if (inner.ok()) json[key] = *std::move(inner);
  } else {
    if constexpr ((kTraits & kUnlessEmpty) != 0) {
      if (IsEmpty(value)) return;
    }
    if constexpr ((kTraits & kUnlessNan) != 0) {
      if (std::isnan(value)) return;
    }
    if constexpr ((kTraits & kNanoseconds) != 0) {
      json[key] = absl::ToInt64Nanoseconds(value);
    } else {
      json[key] = ToJson(value);
    }
  }
}

template <typename T, typename Entry>
void PutEntry(Json& json, const Entry& entry, const T& value) {
  if constexpr (kIsGroup<Entry>) {
    Json& group = json[std::string(entry.name)] = Json::object();
    std::apply([&](const auto&... field) { (PutEntry(group, field, value), ...); }, entry.fields);
  } else if constexpr (!kIsMember<Entry>) {
    PutField<kPlain>(json, entry.name, entry.function(value));
  } else if constexpr ((Entry::kTraits & kNotInJson) == 0) {
    PutField<Entry::kTraits>(json, entry.name, entry.Of(value));
  }
}

template <typename T>
Json ObjectJson(const T& value) {
  Json json = Json::object();
  ForEachField<T>([&](const auto& entry) { PutEntry(json, entry, value); });
  if constexpr (requires { FinishJson(value, json); }) FinishJson(value, json);
  return json;
}

template <typename T>
void ReadFields(JsonReader& reader, T& value);

// The first problem with a part becomes the whole's, with the part's key in front.
template <typename T>
void ReadPart(JsonReader& reader, std::string_view key, const Json& json, T& value) {
  JsonReader part(json);
  ReadFields(part, value);
  if (!part.status().ok()) reader.Fail(Concat(key, ": ", part.status().message()));
}

template <typename T>
absl::Status FromJson(const Json& json, T& value) = delete;

template <typename T>
void ReadItem(JsonReader& reader, std::string_view key, const Json& json, T& item) {
  if constexpr (IsDescribed<T>) {
    ReadPart(reader, key, json, item);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (!json.is_string()) return reader.Fail(Concat(Quoted(key), " has an item that is not text"));
    item = json.get<std::string>();
    reader.Check(CheckText(key, item));
  } else {
    const std::optional<int64_t> whole = WholeOf(json);
    if (!whole || !std::in_range<T>(*whole)) {
      return reader.Fail(Concat(Quoted(key), " has an item that is not a whole number"));
    }
    item = static_cast<T>(*whole);
  }
}

template <typename T>
void ReadItems(JsonReader& reader, std::string_view key, std::vector<T>& items) {
  const Json& array = reader.Array(key);
  // Numbers are as many as the text is long; texts and objects cost more than they are long.
  if constexpr (!std::is_integral_v<T>) reader.Check(CheckItems(key, array.size()));
  if (!reader.status().ok()) return;
  for (const Json& json : array) ReadItem(reader, key, json, items.emplace_back());
}

template <typename T>
void ReadValue(JsonReader& reader, std::string_view key, T& value) {
  if constexpr (kIsOptional<T>) {
    ReadValue(reader, key, value.emplace());
  } else if constexpr (IsDescribed<T>) {
    const Json& object = reader.Object(key);
    if (object.is_object()) ReadPart(reader, key, object, value);
  } else if constexpr (kIsVector<T>) {
    ReadItems(reader, key, value);
  } else if constexpr (HasNames<T>) {
    const absl::StatusOr<T> parsed = ParseNamed<T>(reader.Text(key));
    if (parsed.ok()) value = *parsed;
    if (!parsed.ok()) reader.Fail(std::string(parsed.status().message()));
  } else if constexpr (IsNamed<T>) {
    value = T::Parse(reader.Text(key));
    reader.Check(CheckText(key, value.name()));
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    std::string problem;
    if (!absl::ParseTime(absl::RFC3339_full, reader.Text(key), &value, &problem)) {
      reader.Fail(Concat(key, ": ", problem));
    } else if (value < EarliestTime() || value > LatestTime()) {
      reader.Fail(Concat(key, ": the year must be 1 to 9999"));
    }
  } else if constexpr (std::is_same_v<T, absl::Duration>) {
    value = absl::Microseconds(reader.Whole(key));
  } else if constexpr (std::is_same_v<T, std::string>) {
    value = reader.Text(key);
    if (const TextLimit limit = TextLimitOf(key); limit.may_be_cut) {
      value = ShortText(value, limit.most_bytes);
    }
    reader.Check(CheckText(key, value));
  } else if constexpr (std::is_same_v<T, bool>) {
    value = reader.Flag(key);
  } else if constexpr (std::is_integral_v<T>) {
    const int64_t whole = reader.Whole(key);
    if (!std::in_range<T>(whole)) reader.Fail(Concat(Quoted(key), " is out of range"));
    value = static_cast<T>(whole);
  } else if constexpr (std::is_same_v<T, double> || IsQuantity<T>) {
    value = T(reader.Real(key));
  } else {
    const absl::Status read = FromJson(reader.Object(key), value);
    if (!read.ok()) reader.Fail(Concat(key, ": ", read.message()));
  }
}

inline int64_t ReadStep(JsonReader& reader, std::string_view key) {
  const int64_t step = reader.Whole(key);
  if (step >= 0 && step <= kMostStep) return step;
  reader.Fail(Concat(key, ": value is ", step, "; allowed: 0 to ", kMostStep));
  return 0;
}

template <typename T, typename Entry>
void ReadEntry(JsonReader& reader, const Entry& entry, T& value) {
  if constexpr (kIsGroup<Entry>) {
    if (!reader.Has(entry.name)) return;
    JsonReader group(reader.Object(entry.name));
    std::apply([&](const auto&... field) { (ReadEntry(group, field, value), ...); }, entry.fields);
    if (!group.status().ok()) reader.Fail(Concat(entry.name, ": ", group.status().message()));
  } else if constexpr (kIsMember<Entry>) {
    if constexpr ((Entry::kTraits & kNotInJson) == 0) {
      if (!reader.Has(entry.name) && (Entry::kTraits & kRequired) == 0) return;
      if constexpr ((Entry::kTraits & kJsonText) != 0) {
        entry.Of(value) = JsonText(reader.Value(entry.name));
        reader.Check(CheckText(entry.name, entry.Of(value)));
      } else if constexpr ((Entry::kTraits & kNanoseconds) != 0) {
        entry.Of(value) = absl::Nanoseconds(reader.Whole(entry.name));
      } else if constexpr ((Entry::kTraits & kStep) != 0) {
        entry.Of(value) = ReadStep(reader, entry.name);
      } else if constexpr ((Entry::kTraits & kLongText) != 0) {
        entry.Of(value) = reader.Text(entry.name);
      } else {
        ReadValue(reader, entry.name, entry.Of(value));
      }
    }
  }
}

// Into a value that has its defaults, which fields that are missing keep.
template <typename T>
void ReadFields(JsonReader& reader, T& value) {
  ForEachField<T>([&](const auto& entry) { ReadEntry(reader, entry, value); });
  if constexpr (requires { FinishReading(reader, value); }) FinishReading(reader, value);
}

template <typename T>
absl::StatusOr<T> ReadObject(const Json& json) {
  if (!json.is_object()) return absl::InvalidArgumentError("not a JSON object");
  JsonReader reader(json);
  T value;
  ReadFields(reader, value);
  if (!reader.status().ok()) return reader.status();
  return value;
}

}  // namespace powerdown
