// The machinery of field descriptions. A type's fields are listed once, in kFields<T>; JSON, rows
// and messages follow from that list, and a member that is not in it does not compile. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace powerdown {

// What a field's type does not say already. Bits of one number.
enum FieldTraits : unsigned {
  kPlain = 0,
  kRequired = 1,     // JSON without it cannot be read; else a missing field keeps its default
  kUnlessEmpty = 2,  // JSON leaves it out where it is empty: no text, 0, false, nothing
  kNotInJson = 4,
  kNotStored = 8,     // is no column of the type's table
  kFixed = 16,        // a row's column that never changes
  kJsonText = 32,     // text that is JSON itself, e.g. "{}"
  kNanoseconds = 64,  // JSON has a duration in nanoseconds; else in microseconds
  kStep = 128,        // JSON has a step that a training can have: 0 to kMostStep
  kLongText = 256,    // text that may be as long as its line, whatever text_limits.h says
  kUnlessNan = 512,   // JSON leaves NaN out, which means not measured
  kNanIsNull = 1024,  // an optional number whose NaN is the column's NULL, and nothing kNotTold
};

inline constexpr int64_t kMostStep = 1'000'000'000;  // ten times what a spec may ask for

// One member. `stored_name` is the name of its column and in its message where JSON has another.
template <unsigned kBits, typename Owner, typename Value>
struct Field {
  using Type = Value;
  static constexpr unsigned kTraits = kBits;
  std::string_view name;
  Value Owner::*member;
  std::string_view stored_name;

  constexpr const Value& Of(const Owner& owner) const { return owner.*member; }
  constexpr Value& Of(Owner& owner) const { return owner.*member; }
};
template <unsigned kBits = kPlain, typename Owner, typename Value>
constexpr auto Describe(std::string_view name, Value Owner::*member,
                        std::string_view stored_name = {}) {
  return Field<kBits, Owner, Value>{name, member, stored_name.empty() ? name : stored_name};
}

// A member of a member, shown as if it were the owner's own.
template <unsigned kBits, typename Owner, typename Middle, typename Value>
struct InnerField {
  using Type = Value;
  using MiddleType = Middle;
  static constexpr unsigned kTraits = kBits;
  std::string_view name;
  Middle Owner::*outer;
  Value Middle::*member;
  std::string_view stored_name;

  constexpr const Value& Of(const Owner& owner) const { return owner.*outer.*member; }
  constexpr Value& Of(Owner& owner) const { return owner.*outer.*member; }
};
template <unsigned kBits = kPlain, typename Owner, typename Middle, typename Value>
constexpr auto Describe(std::string_view name, Middle Owner::*outer, Value Middle::*member) {
  return InnerField<kBits, Owner, Middle, Value>{name, outer, member, name};
}

// Members that are shown as one object.
template <typename... Fields>
struct Group {
  std::string_view name;
  std::tuple<Fields...> fields;
};
template <typename... Fields>
constexpr auto DescribeGroup(std::string_view name, Fields... fields) {
  return Group<Fields...>{name, {fields...}};
}

// What JSON says besides, made from the value: a std::optional that is absent where it is not said.
template <typename Function>
struct Computed {
  std::string_view name;
  Function function;
};
template <typename Function>
constexpr auto DescribeComputed(std::string_view name, Function function) {
  return Computed<Function>{name, function};
}

// Specialised for each described type: a tuple of the above in the order of its JSON.
template <typename T>
inline constexpr auto kFields = nullptr;
template <typename T>
concept IsDescribed = !std::is_same_v<decltype(kFields<T>), const std::nullptr_t>;

// A value of an enumeration that keeps a word it does not know; see common/base/named.h.
template <typename T>
concept IsNamed = requires(const T& value) {
  T::Parse(value.name());
};

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <typename T>
inline constexpr bool kIsMember = requires(const T& field) {
  field.member;
};
template <typename T>
inline constexpr bool kIsGroup = requires(const T& field) {
  field.fields;
};
template <typename T>
inline constexpr bool kIsInner = requires(const T& field) {
  field.outer;
};

// Calls `visit` with each field, group and computed value of T's list.
template <typename T, typename Visit>
constexpr void ForEachField(Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field), ...); }, kFields<T>);
}

// Calls `visit` with each field, those within groups too.
template <typename T, typename Visit>
constexpr void ForEachMember(Visit&& visit) {
  ForEachField<T>([&]<typename Entry>(const Entry& entry) {
    if constexpr (kIsGroup<Entry>) {
      std::apply([&](const auto&... field) { (visit(field), ...); }, entry.fields);
    } else if constexpr (kIsMember<Entry>) {
      visit(entry);
    }
  });
}

// Converts to anything, so that a type can be asked with how many values it can be initialised.
struct AnyValue {
  template <typename T>
  operator T() const;
};
inline constexpr size_t kMostMembers = 64;
template <typename T, size_t kCount = kMostMembers>
constexpr size_t MemberCount() {
  constexpr bool kFits = []<size_t... kIndex>(std::index_sequence<kIndex...>) {
    return requires {
      T{(static_cast<void>(kIndex), AnyValue())...};
    };
  }
  (std::make_index_sequence<kCount>());
  if constexpr (kFits || kCount == 0) {
    return kCount;
  } else {
    return MemberCount<T, kCount - 1>();
  }
}

// Whether every member of T is in its list. The members of one member may stand for it, all of
// them.
template <typename T>
constexpr bool IsWhollyDescribed() {
  size_t own = 0;
  size_t inner = 0;
  size_t all_inner = 0;
  ForEachMember<T>([&]<typename Entry>(const Entry&) {
    if constexpr (kIsInner<Entry>) {
      ++inner;
      all_inner = MemberCount<typename Entry::MiddleType>();
    } else {
      ++own;
    }
  });
  return inner == all_inner && own + (inner > 0 ? 1 : 0) == MemberCount<T>();
}

}  // namespace powerdown
