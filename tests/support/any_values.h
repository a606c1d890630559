// Values with every described field made up by RapidCheck, and what tells two such values apart.
// For use within a property.
#pragma once

#include <rapidcheck.h>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "common/run/run_fields.h"

namespace powerdown {

template <typename T>
T AnyOf();

inline std::string AnyText() {
  static const auto& pieces = *new std::vector<std::string>{"",
                                                            "a",
                                                            "Z9 ",
                                                            "\"",
                                                            "\\",
                                                            "\n",
                                                            "\x01\x7f",
                                                            "\xC3\xBC",
                                                            "\xE6\x97\xA5\xE6\x9C\xAC",
                                                            "/",
                                                            "'",
                                                            "\xF0\x9F\x98\x80",
                                                            std::string(1, '\0')};
  std::string text;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) text += *rc::gen::elementOf(pieces);
  return text;
}

inline double AnyReal() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (*rc::gen::inRange(0, 2) == 0) return *rc::gen::arbitrary<double>();
  return *rc::gen::element(std::nan(""), kInfinity, -kInfinity, 0.0, -0.0, 5e-324, 1e308, 0.1);
}

// A spec that can be set: every field is a value that it allows. Or, at times, none.
inline RunSpec AnySpec() {
  RunSpec spec;
  if (*rc::gen::inRange(0, 5) == 0) {
    spec.task = kUnknownTask;
    return spec;
  }
  for (const SpecField& field : SpecFields()) {
    if (auto* text = std::get_if<std::string RunSpec::*>(&field.member)) {
      if (!field.choices.empty()) {
        spec.*(*text) = std::string(*rc::gen::elementOf(field.choices));
      } else {
        spec.*(*text) = field.is_content ? AnyText() : "t" + AnyText();
      }
    } else if (auto* whole = std::get_if<int64_t RunSpec::*>(&field.member)) {
      spec.*(*whole) = *rc::gen::inRange(static_cast<int64_t>(field.minimum),
                                         static_cast<int64_t>(field.maximum) + 1);
    } else {
      const double share = *rc::gen::element(0.25, 0.5, 1.0 / 3, 0.99);
      spec.*std::get<double RunSpec::*>(field.member) =
          field.minimum + (field.maximum - field.minimum) * share;
    }
  }
  return spec;
}

// One of its words, or one of another version of this program.
template <typename Enum>
Named<Enum> AnyNamed(Named<Enum>*) {
  if (*rc::gen::inRange(0, 4) == 0) return Named<Enum>::Parse(AnyText());
  const int known = static_cast<int>(std::size(NamesOf<Enum>::kNames));
  return static_cast<Enum>(*rc::gen::inRange(0, known));
}

// Microseconds from 1900 to 2200.
inline absl::Time AnyTime() {
  return absl::FromUnixMicros(
      *rc::gen::inRange<int64_t>(-2'208'988'800'000'000, 7'258'118'400'000'000));
}

template <typename T>
T AnyObject() {
  T value;
  ForEachMember<T>([&]<typename Entry>(const Entry& field) {
    if constexpr ((Entry::kTraits & kJsonText) != 0) {
      field.Of(value) = *rc::gen::element<std::string>("", "{}", R"({"b":[1,2.5],"a":"ü"})");
    } else if constexpr ((Entry::kTraits & kStep) != 0) {
      field.Of(value) = *rc::gen::inRange<int64_t>(0, kMostStep + 1);
    } else {
      field.Of(value) = AnyOf<typename Entry::Type>();
    }
  });
  return value;
}

// Lists that belong together.
inline AnswerGrid AnyGrid() {
  AnswerGrid grid = AnyObject<AnswerGrid>();
  grid.symbols = *rc::gen::inRange(0, 4);
  const auto cells = static_cast<size_t>(grid.symbols * grid.symbols);
  grid.answers.assign(cells, AnyOf<int32_t>());
  grid.expected.assign(cells, -1);
  grid.origins.assign(cells, AnswerGrid::Origin::kNone);
  grid.confidences.assign(cells, 0);
  for (size_t i = 0; i < cells; ++i) {
    grid.confidences[i] = static_cast<uint8_t>(*rc::gen::inRange(0, 256));
    const int origin = *rc::gen::inRange(0, 3);
    grid.origins[i] = static_cast<AnswerGrid::Origin>(origin);
    if (origin != 0) grid.expected[i] = *rc::gen::inRange(0, 600);
  }
  return grid;
}

template <typename T>
T AnyOf() {
  if constexpr (std::is_same_v<T, AnswerGrid::Origin> || std::is_same_v<T, uint8_t>) {
    return T();
  } else if constexpr (kIsOptional<T>) {
    if (*rc::gen::arbitrary<bool>()) return AnyOf<typename T::value_type>();
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, FeatureValues>) {
    FeatureValues features(*rc::gen::arbitrary<bool>() ? Features().size() : 0);
    for (double& feature : features) feature = AnyReal();
    return features;
  } else if constexpr (kIsVector<T>) {
    T items(static_cast<size_t>(*rc::gen::inRange(0, 3)));
    for (auto& item : items) item = AnyOf<typename T::value_type>();
    return items;
  } else if constexpr (std::is_same_v<T, Run>) {
    Run run = AnyObject<Run>();
    run.run_id = *rc::gen::element<std::string>("01hf", "01k9z", "0");
    return run;
  } else if constexpr (IsDescribed<T>) {
    return AnyObject<T>();
  } else if constexpr (IsNamed<T>) {
    return AnyNamed(static_cast<T*>(nullptr));
  } else if constexpr (HasNames<T>) {
    return static_cast<T>(*rc::gen::inRange(0, static_cast<int>(std::size(NamesOf<T>::kNames))));
  } else if constexpr (std::is_same_v<T, RunSpec>) {
    return AnySpec();
  } else if constexpr (std::is_same_v<T, std::string>) {
    return AnyText();
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    return AnyTime();
  } else if constexpr (std::is_same_v<T, absl::Duration>) {
    return absl::Microseconds(*rc::gen::arbitrary<int32_t>());
  } else if constexpr (std::is_integral_v<T>) {
    return *rc::gen::arbitrary<T>();
  } else {
    return T(AnyReal());  // a double, or a quantity
  }
}
template <>
inline AnswerGrid AnyOf<AnswerGrid>() {
  return AnyGrid();
}

// The name of the first field that differs, but for fields with these traits; empty: none. NaN is
// NaN.
template <unsigned kWithout = kPlain, typename T>
std::string Difference(const T& a, const T& b) {
  if constexpr (kIsOptional<T>) {
    if (a.has_value() != b.has_value()) return a ? " is lost" : " is made up";
    return a ? Difference<kWithout>(*a, *b) : "";
  } else if constexpr (IsDescribed<T>) {
    std::string first;
    ForEachMember<T>([&]<typename Entry>(const Entry& field) {
      if constexpr ((Entry::kTraits & kWithout) == 0) {
        if (!first.empty()) return;
        const std::string inner = Difference<kWithout>(field.Of(a), field.Of(b));
        if (!inner.empty()) first = Concat(".", field.name, inner);
      }
    });
    return first;
  } else if constexpr (kIsVector<T>) {
    if (a.size() != b.size()) return " has another length";
    for (size_t i = 0; i < a.size(); ++i) {
      const std::string inner = Difference<kWithout>(a[i], b[i]);
      if (!inner.empty()) return Concat("[", i, "]", inner);
    }
    return "";
  } else if constexpr (std::is_same_v<T, double>) {
    if (a == b || (std::isnan(a) && std::isnan(b))) return "";
    return Concat(" is ", b, ", not ", a);
  } else if constexpr (IsNamed<T>) {
    return a.name() == b.name() ? "" : " differs";
  } else if constexpr (requires { Difference(a.value(), b.value()); }) {
    return Difference(a.value(), b.value());
  } else {
    return a == b ? "" : " differs";
  }
}

}  // namespace powerdown
