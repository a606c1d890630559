// Enums whose values have names: one table of names per enum, which gives and reads them, and a
// value that keeps a name which the table does not have. Pure.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

// Specialized beside each enum: `static constexpr std::string_view kNames[]`, in the order of the
// enum's values. `kOther`, if the enum has it, comes last and has no name. `kWhat`, if people or
// programs send such names, is what a refusal calls it: "auto_stop".
template <typename Enum>
struct NamesOf;

template <typename T>
concept HasNames = requires {
  NamesOf<T>::kNames;
};

template <typename Enum>
constexpr std::string_view NameOf(Enum value) {
  const auto index = static_cast<size_t>(value);
  return index < std::size(NamesOf<Enum>::kNames) ? NamesOf<Enum>::kNames[index]
                                                  : std::string_view();
}

template <typename Enum>
constexpr std::optional<Enum> FindNamed(std::string_view name) {
  size_t index = 0;
  for (const std::string_view known : NamesOf<Enum>::kNames) {
    if (known == name) return static_cast<Enum>(index);
    ++index;
  }
  return std::nullopt;
}

// InvalidArgument: `auto_stop: "obsrve" is not known; did you mean "observe"? allowed: off, …`.
absl::Status UnknownName(std::string_view what, std::string_view name,
                         const std::vector<std::string_view>& known);

template <typename Enum>
absl::StatusOr<Enum> ParseNamed(std::string_view name) {
  if (const std::optional<Enum> known = FindNamed<Enum>(name)) return *known;
  const auto& names = NamesOf<Enum>::kNames;
  return UnknownName(NamesOf<Enum>::kWhat, name, {std::begin(names), std::end(names)});
}

// A value of such an enum that is stored or sent. A name from another version, which is not in the
// table, is kOther and is kept, so that writing it again loses nothing.
template <typename Enum>
class Named {
 public:
  Named() = default;                    // kOther, with an empty name
  Named(Enum value) : value_(value) {}  // NOLINT(runtime/explicit): an Enum is such a value
  static Named Parse(std::string_view name) {
    Named named;
    if (const std::optional<Enum> known = FindNamed<Enum>(name)) {
      named.value_ = *known;
    } else {
      named.other_ = name;
    }
    return named;
  }

  Enum value() const { return value_; }  // for a switch
  std::string_view name() const {
    return value_ == Enum::kOther ? std::string_view(other_) : NameOf(value_);
  }

  bool operator==(const Named&) const = default;
  bool operator==(Enum value) const { return value_ == value; }
  friend std::ostream& operator<<(std::ostream& out, const Named& named) {
    return out << named.name();
  }

 private:
  Enum value_ = Enum::kOther;
  std::string other_;  // the name, of kOther
};

}  // namespace powerdown
