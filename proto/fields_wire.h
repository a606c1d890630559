// Messages both ways from a type's list of fields, by the names that both have; see
// common/base/fields.h. For the .cc files of this folder. A described member whose message has no
// field of its own is spread over fields with its name in front: carbon is carbon_region and so on.
// Texts are made UTF-8: a receiver drops the whole message for one byte that is not.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/run/run_fields.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/convert.h"

namespace powerdown {

// Values of one byte each: "bytes" in a message.
template <typename T>
inline constexpr bool kIsBytes = false;
template <typename T>
inline constexpr bool kIsBytes<std::vector<T>> = sizeof(T) == 1;

// "RUN_STATE_QUEUED" is "queued": value 0, which ends in UNSPECIFIED, tells the prefix.
int WireNumber(const google::protobuf::EnumDescriptor& values, std::string_view word);
absl::StatusOr<std::string> WordOf(const google::protobuf::EnumDescriptor& values, int number);

// The message's field for each entry of T's list; null where it has none.
template <typename T>
std::vector<const google::protobuf::FieldDescriptor*> FindWireFields(
    const google::protobuf::Descriptor& message, const std::string& prefix) {
  std::vector<const google::protobuf::FieldDescriptor*> found;
  ForEachField<T>([&]<typename Entry>(const Entry& entry) {
    std::string name(entry.name);
    if constexpr (kIsMember<Entry>) name = entry.stored_name;
    found.push_back(message.FindFieldByName(prefix + name));
  });
  return found;
}

// The daemon's own; no message has them.
template <typename T>
inline constexpr bool kIsNeverSent =
    std::is_same_v<T, absl::Duration> || std::is_same_v<T, FeatureValues>;

// Each type has one message, whose fields are looked up once.
class WireWriter {
 public:
  template <typename T>
  static void Write(const T& value, google::protobuf::Message& wire,
                    const std::string& prefix = "") {
    static const auto& fields = *new auto(FindWireFields<T>(*wire.GetDescriptor(), prefix));
    auto field = fields.begin();
    ForEachField<T>([&](const auto& entry) { WriteEntry(value, entry, wire, *field++); });
  }

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  template <typename T, typename Entry>
  static void WriteEntry(const T& value, const Entry& entry, Message& wire,
                         const FieldDescriptor* field) {
    if constexpr (kIsGroup<Entry>) {
      Message& group = *wire.GetReflection()->MutableMessage(&wire, field);
      std::apply(
          [&](const auto&... inner) {
            (Set(inner.Of(value), group,
                 group.GetDescriptor()->FindFieldByName(std::string(inner.stored_name))),
             ...);
          },
          entry.fields);
    } else if constexpr (kIsMember<Entry>) {
      using Type = typename Entry::Type;
      if constexpr (!kIsNeverSent<Type>) {
        if (field != nullptr) return Set(entry.Of(value), wire, field);
      }
      if constexpr (IsDescribed<Type>) {
        Write(entry.Of(value), wire, std::string(entry.name) + "_");
      }
    }
  }

  template <typename T>
  static void Set(const T& value, Message& wire, const FieldDescriptor* field) {
    const google::protobuf::Reflection& reflection = *wire.GetReflection();
    if constexpr (kIsOptional<T>) {
      if (value) Set(*value, wire, field);
    } else if constexpr (IsDescribed<T>) {
      Write(value, *reflection.MutableMessage(&wire, field));
    } else if constexpr (std::is_same_v<T, RunSpec> || std::is_same_v<T, absl::Time>) {
      auto converted = ToWire(value);
      static_cast<decltype(converted)&>(*reflection.MutableMessage(&wire, field)) =
          std::move(converted);
    } else if constexpr (kIsBytes<T>) {
      std::string bytes;
      for (const auto item : value) bytes.push_back(static_cast<char>(item));
      reflection.SetString(&wire, field, std::move(bytes));
    } else if constexpr (kIsVector<T>) {
      for (const auto& item : value) Add(item, wire, field);
    } else if constexpr (HasNames<T>) {
      const std::string word(NameOf(value));
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        reflection.SetEnumValue(&wire, field, WireNumber(*field->enum_type(), word));
      } else {
        reflection.SetString(&wire, field, word);
      }
    } else if constexpr (IsNamed<T>) {
      reflection.SetString(&wire, field, ToUtf8(value.name()));
    } else if constexpr (std::is_same_v<T, std::string>) {
      reflection.SetString(&wire, field, ToUtf8(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      reflection.SetBool(&wire, field, value);
    } else if constexpr (std::is_same_v<T, int>) {
      reflection.SetInt32(&wire, field, value);
    } else if constexpr (std::is_integral_v<T>) {
      reflection.SetInt64(&wire, field, value);
    } else if constexpr (std::is_same_v<T, double>) {
      reflection.SetDouble(&wire, field, value);
    } else {
      reflection.SetDouble(&wire, field, value.value());
    }
  }

  template <typename T>
  static void Add(const T& item, Message& wire, const FieldDescriptor* field) {
    const google::protobuf::Reflection& reflection = *wire.GetReflection();
    if constexpr (IsDescribed<T>) {
      Write(item, *reflection.AddMessage(&wire, field));
    } else if constexpr (std::is_same_v<T, std::string>) {
      reflection.AddString(&wire, field, ToUtf8(item));
    } else {
      reflection.AddInt32(&wire, field, item);
    }
  }
};

class WireReader {
 public:
  // Into a value that has its defaults. What is unset keeps them.
  template <typename T>
  static absl::Status Read(const google::protobuf::Message& wire, T& value,
                           const std::string& prefix = "") {
    static const auto& fields = *new auto(FindWireFields<T>(*wire.GetDescriptor(), prefix));
    auto field = fields.begin();
    absl::Status status;
    ForEachField<T>(
        [&](const auto& entry) { status.Update(ReadEntry(wire, *field++, entry, value)); });
    return status;
  }

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Message = google::protobuf::Message;

  template <typename T, typename Entry>
  static absl::Status ReadEntry(const Message& wire, const FieldDescriptor* field,
                                const Entry& entry, T& value) {
    absl::Status status;
    if constexpr (kIsGroup<Entry>) {
      const Message& group = wire.GetReflection()->GetMessage(wire, field);
      std::apply(
          [&](const auto&... inner) {
            (status.Update(
                 Get(group, group.GetDescriptor()->FindFieldByName(std::string(inner.stored_name)),
                     inner.Of(value))),
             ...);
          },
          entry.fields);
    } else if constexpr (kIsMember<Entry>) {
      using Type = typename Entry::Type;
      if constexpr (!kIsNeverSent<Type>) {
        if (field != nullptr) return Get(wire, field, entry.Of(value));
      }
      if constexpr (IsDescribed<Type>) {
        return Read(wire, entry.Of(value), std::string(entry.name) + "_");
      }
    }
    return status;
  }

  template <typename T>
  static absl::Status Get(const Message& wire, const FieldDescriptor* field, T& value) {
    const google::protobuf::Reflection& reflection = *wire.GetReflection();
    if constexpr (kIsOptional<T>) {
      if (!reflection.HasField(wire, field)) return absl::OkStatus();
      return Get(wire, field, value.emplace());
    } else if constexpr (IsDescribed<T>) {
      return Read(reflection.GetMessage(wire, field), value);
    } else if constexpr (std::is_same_v<T, RunSpec> || std::is_same_v<T, absl::Time>) {
      using Converted = decltype(ToWire(value));
      value = FromWire(static_cast<const Converted&>(reflection.GetMessage(wire, field)));
    } else if constexpr (kIsBytes<T>) {
      for (const char byte : reflection.GetString(wire, field)) {
        value.push_back(static_cast<typename T::value_type>(byte));
      }
    } else if constexpr (kIsVector<T>) {
      return GetItems(wire, field, value);
    } else if constexpr (HasNames<T>) {
      std::string word;
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        const int number = reflection.GetEnumValue(wire, field);
        if (number == 0) return absl::OkStatus();  // unspecified
        ASSIGN_OR_RETURN(word, WordOf(*field->enum_type(), number));
      } else {
        word = reflection.GetString(wire, field);
        if (word.empty()) return absl::OkStatus();  // unset
      }
      ASSIGN_OR_RETURN(value, ParseNamed<T>(word));
    } else if constexpr (IsNamed<T>) {
      value = T::Parse(reflection.GetString(wire, field));
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = reflection.GetString(wire, field);
    } else if constexpr (std::is_same_v<T, bool>) {
      value = reflection.GetBool(wire, field);
    } else if constexpr (std::is_same_v<T, int>) {
      value = reflection.GetInt32(wire, field);
    } else if constexpr (std::is_integral_v<T>) {
      value = reflection.GetInt64(wire, field);
    } else {
      value = T(reflection.GetDouble(wire, field));
    }
    return absl::OkStatus();
  }

  template <typename T>
  static absl::Status GetItems(const Message& wire, const FieldDescriptor* field,
                               std::vector<T>& items) {
    const google::protobuf::Reflection& reflection = *wire.GetReflection();
    const int size = reflection.FieldSize(wire, field);
    absl::Status status;
    items.reserve(static_cast<size_t>(size));
    for (int i = 0; i < size; ++i) {
      T& item = items.emplace_back();
      if constexpr (IsDescribed<T>) {
        status.Update(Read(reflection.GetRepeatedMessage(wire, field, i), item));
      } else if constexpr (std::is_same_v<T, std::string>) {
        item = reflection.GetRepeatedString(wire, field, i);
      } else {
        item = reflection.GetRepeatedInt32(wire, field, i);
      }
    }
    return status;
  }
};

template <typename T>
absl::StatusOr<T> ReadWire(const google::protobuf::Message& wire) {
  T value;
  RETURN_IF_ERROR(WireReader::Read(wire, value));
  return value;
}

}  // namespace powerdown
