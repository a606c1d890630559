#include "client/model/bills.h"

namespace powerdown {
namespace {

Bill MakeBill(Joules energy, const FootprintFactors& factors) {
  return {.energy = energy, .carbon = CarbonOf(energy, factors), .money = CostOf(energy, factors)};
}

std::optional<Bill> OfRun(const Run& run) {
  if (!run.energy) return std::nullopt;
  Bill bill = MakeBill(run.energy->gross, run.factors);
  bill.low = run.energy->low;
  bill.high = run.energy->high;
  if (run.co2) bill.carbon = *run.co2;
  if (run.cost) bill.money = *run.cost;
  return bill;
}

Bills FinalBills(const Comparison& comparison) {
  Bills bills;
  bills.is_final = true;
  bills.usual = OfRun(comparison.usual);
  bills.stopped = OfRun(comparison.stopped);
  if (const std::optional<Saving>& saved = comparison.saved) {
    bills.saved = Bill{saved->gross, saved->low, saved->high, saved->co2, saved->cost};
    bills.share = saved->share;
  }
  return bills;
}

}  // namespace

std::optional<int64_t> StopStepOf(const RunTrace& usual, const RunTrace* stopped) {
  return (stopped != nullptr ? *stopped : usual).stop_step();
}

std::optional<int64_t> StopStepOf(const Comparison& comparison, const RunTrace& usual,
                                  const RunTrace* stopped) {
  if (const auto step = StopStepOf(usual, stopped)) return step;
  if (IsByRule(comparison.usual.stop)) return comparison.usual.stop->step;
  if (IsByRule(comparison.stopped.stop)) return comparison.stopped.stop->step;
  return std::nullopt;
}

Bills BillsSoFar(const RunTrace& usual, const RunTrace* stopped, std::optional<int64_t> stop,
                 const FootprintFactors& factors) {
  Bills bills;
  const std::optional<Joules> spent = usual.Energy();
  if (!spent) return bills;
  bills.usual = MakeBill(*spent, factors);
  const std::optional<Joules> at_stop = stop ? usual.EnergyAt(*stop) : spent;
  // Of two runs the stopped one has its own meter's figure; what is saved is the usual run's.
  const std::optional<Joules> useful = stopped != nullptr ? stopped->Energy() : at_stop;
  if (useful) bills.stopped = MakeBill(*useful, factors);
  if (!useful || !stop || !at_stop || *at_stop >= *spent) return bills;
  bills.saved = MakeBill(*spent - *at_stop, factors);
  bills.share = (*spent - *at_stop) / *spent;
  return bills;
}

Bills BillsOf(const Comparison& comparison, const RunTrace& usual, const RunTrace* stopped) {
  if (comparison.has_ended) return FinalBills(comparison);
  return BillsSoFar(usual, stopped, StopStepOf(comparison, usual, stopped),
                    comparison.usual.factors);
}

}  // namespace powerdown
