#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

constexpr std::string_view kShared = "shared";
constexpr std::string_view kParallel = "parallel";

v1::Comparison::Saving SavingToWire(const Saving& saving) {
  v1::Comparison::Saving wire;
  wire.set_gross_joules(saving.gross.value());
  if (saving.net) wire.set_net_joules(saving.net->value());
  wire.set_low_joules(saving.low.value());
  wire.set_high_joules(saving.high.value());
  wire.set_share(saving.share);
  wire.set_co2_grams(saving.co2.value());
  *wire.mutable_cost() = ToWire(saving.cost);
  return wire;
}

Saving SavingFromWire(const v1::Comparison::Saving& wire) {
  Saving saving;
  saving.gross = Joules(wire.gross_joules());
  if (wire.has_net_joules()) saving.net = Joules(wire.net_joules());
  saving.low = Joules(wire.low_joules());
  saving.high = Joules(wire.high_joules());
  saving.share = wire.share();
  saving.co2 = GramsCo2(wire.co2_grams());
  saving.cost = FromWire(wire.cost());
  return saving;
}

v1::Comparison::FleetRow FleetRowToWire(const FleetRow& row) {
  v1::Comparison::FleetRow wire;
  wire.set_runs_per_year(row.runs_per_year);
  wire.set_kwh(row.kwh);
  wire.set_kwh_low(row.kwh_low);
  wire.set_kwh_high(row.kwh_high);
  wire.set_co2_kg(row.co2_kg);
  *wire.mutable_cost() = ToWire(row.cost);
  wire.set_phone_charges(row.phone_charges);
  wire.set_car_km(row.car_km);
  return wire;
}

FleetRow FleetRowFromWire(const v1::Comparison::FleetRow& wire) {
  return FleetRow{.runs_per_year = wire.runs_per_year(),
                  .kwh = wire.kwh(),
                  .kwh_low = wire.kwh_low(),
                  .kwh_high = wire.kwh_high(),
                  .co2_kg = wire.co2_kg(),
                  .cost = FromWire(wire.cost()),
                  .phone_charges = wire.phone_charges(),
                  .car_km = wire.car_km()};
}

v1::Comparison::Recut RecutToWire(const Recut& recut) {
  v1::Comparison::Recut wire;
  wire.set_policy(recut.policy);
  wire.set_max_steps(recut.max_steps);
  if (recut.share) wire.set_share(*recut.share);
  wire.set_is_extrapolated(recut.is_extrapolated);
  return wire;
}

Recut RecutFromWire(const v1::Comparison::Recut& wire) {
  return Recut{.policy = wire.policy(),
               .max_steps = wire.max_steps(),
               .share = wire.has_share() ? std::make_optional(wire.share()) : std::nullopt,
               .is_extrapolated = wire.is_extrapolated()};
}

absl::StatusOr<ComparisonMode> ModeFromWire(const std::string& mode) {
  if (mode == kShared) return ComparisonMode::kShared;
  if (mode == kParallel) return ComparisonMode::kParallel;
  return absl::InvalidArgumentError(
      absl::StrCat("comparison mode \"", mode, "\" is not known to this program; update it"));
}

}  // namespace

v1::Comparison ToWire(const Comparison& comparison) {
  v1::Comparison wire;
  wire.set_comparison_id(comparison.comparison_id);
  wire.set_mode(std::string(comparison.mode == ComparisonMode::kShared ? kShared : kParallel));
  wire.set_owner(comparison.owner);
  *wire.mutable_spec() = ToWire(comparison.spec);
  wire.mutable_budget()->set_max_steps(comparison.budget_max_steps);
  wire.mutable_budget()->set_policy(comparison.budget_policy);
  wire.mutable_budget()->set_source(comparison.budget_source);
  for (const Recut& recut : comparison.recuts) *wire.add_recuts() = RecutToWire(recut);
  if (comparison.naive_stop) {
    wire.mutable_naive_stop()->set_rule(comparison.naive_stop->rule);
    wire.mutable_naive_stop()->set_step(comparison.naive_stop->step);
    wire.mutable_naive_stop()->set_accuracy(comparison.naive_stop->accuracy);
  }
  *wire.mutable_usual() = ToWire(comparison.usual);
  *wire.mutable_stopped() = ToWire(comparison.stopped);
  wire.set_has_ended(comparison.has_ended);
  if (comparison.saved) *wire.mutable_saved() = SavingToWire(*comparison.saved);
  if (comparison.accuracy_change) wire.set_accuracy_change(*comparison.accuracy_change);
  wire.set_identical_prefix(comparison.identical_prefix);
  for (const FleetRow& row : comparison.fleet) *wire.add_fleet() = FleetRowToWire(row);
  *wire.mutable_created_at() = ToWire(comparison.created_at);
  return wire;
}

absl::StatusOr<Comparison> FromWire(const v1::Comparison& wire) {
  Comparison comparison;
  comparison.comparison_id = wire.comparison_id();
  ASSIGN_OR_RETURN(comparison.mode, ModeFromWire(wire.mode()));
  comparison.owner = wire.owner();
  comparison.spec = FromWire(wire.spec());
  comparison.budget_max_steps = wire.budget().max_steps();
  comparison.budget_policy = wire.budget().policy();
  comparison.budget_source = wire.budget().source();
  for (const auto& recut : wire.recuts()) comparison.recuts.push_back(RecutFromWire(recut));
  if (wire.has_naive_stop()) {
    comparison.naive_stop = NaiveStop{.rule = wire.naive_stop().rule(),
                                      .step = wire.naive_stop().step(),
                                      .accuracy = wire.naive_stop().accuracy()};
  }
  ASSIGN_OR_RETURN(comparison.usual, FromWire(wire.usual()));
  ASSIGN_OR_RETURN(comparison.stopped, FromWire(wire.stopped()));
  comparison.has_ended = wire.has_ended();
  if (wire.has_saved()) comparison.saved = SavingFromWire(wire.saved());
  if (wire.has_accuracy_change()) comparison.accuracy_change = wire.accuracy_change();
  comparison.identical_prefix = wire.identical_prefix();
  for (const auto& row : wire.fleet()) comparison.fleet.push_back(FleetRowFromWire(row));
  comparison.created_at = FromWire(wire.created_at());
  return comparison;
}

}  // namespace powerdown
