// Quantities as types, so that a power is never taken for an energy. Plain values.
#pragma once

#include <compare>

#include "absl/time/time.h"

namespace powerdown {

// One physical quantity in its SI unit; Tag only tells quantities apart.
template <typename Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}
  constexpr double value() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator*(Quantity a, double factor) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator*(double factor, Quantity a) {
    return Quantity(a.value_ * factor);
  }
  friend constexpr Quantity operator/(Quantity a, double divisor) {
    return Quantity(a.value_ / divisor);
  }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Quantity a, Quantity b) = default;

 private:
  double value_ = 0;
};

using Joules = Quantity<struct JoulesTag>;
using Watts = Quantity<struct WattsTag>;
using GramsCo2 = Quantity<struct GramsCo2Tag>;  // CO2 equivalent

inline Joules operator*(Watts power, absl::Duration time) {
  return Joules(power.value() * absl::ToDoubleSeconds(time));
}
inline Joules operator*(absl::Duration time, Watts power) {
  return power * time;
}
inline Watts operator/(Joules energy, absl::Duration time) {
  return Watts(energy.value() / absl::ToDoubleSeconds(time));
}

inline constexpr double kJoulesPerKilowattHour = 3.6e6;
constexpr double KilowattHours(Joules energy) {
  return energy.value() / kJoulesPerKilowattHour;
}

}  // namespace powerdown
