#include "common/run/bundle_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "common/base/fields_json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/wording.h"
#include "common/run/event_details.h"
#include "common/run/run_fields.h"

namespace powerdown {
namespace {

// Of watts, joules, money and factors: a power station's output of a year is 3e16 joules.
constexpr double kMostAmount = 1e18;
// Lengths add up, as microseconds in 63 bits.
const absl::Duration kMostBooked = absl::Hours(24 * 365 * 1000);

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

absl::Status BeyondLimits(std::string_view name, const Json& value, std::string_view allowed) {
  return absl::InvalidArgumentError(
      Concat(name, ": value is ", JsonText(value), "; allowed: ", allowed));
}

absl::Status CheckReal(std::string_view name, double value) {
  constexpr std::array<std::string_view, 4> kFractions = {"train_accuracy", "validation_accuracy",
                                                          "will_grok_probability", "confidence"};
  constexpr std::array<std::string_view, 5> kMeasured = {
      "train_loss", "validation_loss", "gradient_norm", "weight_norm", "activation_sparsity"};
  if (IsOneOf(name, kFractions)) {
    if (value >= 0 && value <= 1) return absl::OkStatus();
    return BeyondLimits(name, NumberJson(value), "a fraction, 0 to 1");
  }
  if (name == "coverage") {  // a quotient of sums: rounded, or of no time at all
    if (!(value < 0 || value > 1 + 1e-6)) return absl::OkStatus();
    return BeyondLimits(name, NumberJson(value), "a fraction, 0 to 1");
  }
  if (IsOneOf(name, kMeasured)) {
    if (!std::isfinite(value) || std::abs(value) <= kMostMeasured) return absl::OkStatus();
    return BeyondLimits(name, NumberJson(value), Concat("up to ", kMostMeasured));
  }
  if (std::isfinite(value) && std::abs(value) <= kMostAmount) return absl::OkStatus();
  return BeyondLimits(name, NumberJson(value), Concat("a number up to ", kMostAmount));
}

absl::Status CheckWhole(std::string_view name, int64_t value) {
  if (value >= 0 && value <= kMostImportedSteps) return absl::OkStatus();
  return BeyondLimits(name, value, Concat("0 to ", kMostImportedSteps));
}

template <typename T>
absl::Status CheckObject(const T& object);

// Texts and specs were checked as they were read.
template <typename T>
absl::Status CheckValue(std::string_view name, const T& value) {
  if constexpr (kIsOptional<T>) {
    return value ? CheckValue(name, *value) : absl::OkStatus();
  } else if constexpr (IsDescribed<T>) {
    return CheckObject(value);
  } else if constexpr (std::is_same_v<T, FeatureValues> || std::is_same_v<T, bool>) {
    return absl::OkStatus();
  } else if constexpr (kIsVector<T>) {
    for (const auto& item : value) RETURN_IF_ERROR(CheckValue(name, item));
    return absl::OkStatus();
  } else if constexpr (IsNamed<T>) {
    using Enum = decltype(value.value());
    if (value.value() != Enum::kOther || value.name().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        Concat(name, ": ", Quoted(value.name()), " is not known to this program; update it"));
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    if (value >= FirstTime() && value <= LastTime()) return absl::OkStatus();
    return BeyondLimits(name, TimeText(value), "a time of the years 1900 to 2199");
  } else if constexpr (std::is_same_v<T, absl::Duration>) {
    if (value >= absl::ZeroDuration() && value <= kMostBooked) return absl::OkStatus();
    return BeyondLimits(name, absl::ToInt64Microseconds(value), "0 to 1000 years");
  } else if constexpr (std::is_integral_v<T>) {
    return CheckWhole(name, value);
  } else if constexpr (std::is_same_v<T, double>) {
    return CheckReal(name, value);
  } else if constexpr (IsQuantity<T>) {
    return CheckReal(name, value.value());
  } else {
    return absl::OkStatus();
  }
}

template <typename T>
absl::Status CheckObject(const T& object) {
  absl::Status status;
  ForEachMember<T>([&]<typename Entry>(const Entry& entry) {
    if constexpr ((Entry::kTraits & kUnlessNan) != 0) {
      if (std::isnan(entry.Of(object))) return;
    }
    if constexpr ((Entry::kTraits & kNotInJson) == 0) {
      if (status.ok()) status = CheckValue(entry.name, entry.Of(object));
    }
  });
  return status;
}

absl::Status CheckDetails(const RunEvent& event) {
  const bool is_forecast = event.kind == EventKind::kForecast;
  if (event.details_json.empty() && !is_forecast) return absl::OkStatus();
  if (is_forecast || event.kind == EventKind::kPlanned || event.kind == EventKind::kAbandon) {
    const absl::StatusOr<Forecast> forecast = ReadForecastDetails(event.details_json);
    if (forecast.ok()) return CheckObject(*forecast);
    return absl::InvalidArgumentError(Concat("details: ", StdView(forecast.status().message())));
  }
  const bool has_state = event.kind == EventKind::kState || event.kind == EventKind::kFinished;
  if (has_state && !StateDetailsOf(event)) {
    return absl::InvalidArgumentError("details: name no state of a run");
  }
  const absl::StatusOr<Json> object = ParseJsonObject(event.details_json);
  if (object.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat("details: ", StdView(object.status().message())));
}

}  // namespace

absl::Time FirstTime() {
  return absl::FromUnixSeconds(-2'208'988'800);  // 1900
}
absl::Time LastTime() {
  return absl::FromUnixSeconds(7'258'118'400);  // 2200
}

absl::Status BundleCheck::Take(const Run& run) {
  *this = BundleCheck();
  RETURN_IF_ERROR(CheckObject(run));
  int64_t last = 0;
  for (const Attempt& attempt : run.attempts) {
    if (attempt.attempt <= last) {
      return BeyondLimits("attempt", attempt.attempt, "whole numbers from 1 that ascend");
    }
    last = attempt.attempt;
  }
  most_steps_ = std::max(run.steps, run.max_steps);
  return absl::OkStatus();
}

absl::Status BundleCheck::Take(const LedgerInterval& interval) {
  RETURN_IF_ERROR(CheckObject(interval));
  if (interval.end < interval.start) {
    return absl::InvalidArgumentError("ledger: an interval ends before it starts");
  }
  booked_ += interval.end - interval.start;
  if (booked_ <= kMostBooked) return absl::OkStatus();
  return absl::InvalidArgumentError("ledger: the intervals are longer than 1000 years");
}

absl::Status BundleCheck::Take(const StepReport& report) {
  RETURN_IF_ERROR(CheckObject(report));
  const int64_t step = report.evaluation.step;
  if (step > most_steps_) {
    return BeyondLimits("step", step, Concat("0 to ", most_steps_, ", where the run ended"));
  }
  const auto [last, is_first] = last_steps_.try_emplace(report.attempt, step);
  if (report.attempt < 1 || last_steps_.size() > kMostAttempts) {
    return BeyondLimits("attempt", report.attempt, Concat("1 or more, up to ", kMostAttempts));
  }
  if (!is_first && step <= last->second) {
    return BeyondLimits("step", step, Concat("more than ", last->second, ": steps must ascend"));
  }
  last->second = step;
  return absl::OkStatus();
}

absl::Status BundleCheck::Take(const RunEvent& event) {
  RETURN_IF_ERROR(CheckObject(event));
  if (event.kind.name().empty()) return absl::InvalidArgumentError("event: the kind is empty");
  return CheckDetails(event);
}

}  // namespace powerdown
