// The two bills of a comparison, while it runs and after it: what the usual and the stopped
// training used, and the difference. Pure.
#pragma once

#include <optional>

#include "client/model/run_trace.h"
#include "common/run/run.h"

namespace powerdown {

// Energy with what it means; low..high is its band.
struct Bill {
  Joules energy;
  std::optional<Joules> low;
  std::optional<Joules> high;
  GramsCo2 carbon;
  Money money;
};

struct Bills {
  std::optional<Bill> usual;
  std::optional<Bill> stopped;
  std::optional<Bill> saved;  // absent until the rule has stopped
  std::optional<double> share;
  bool is_final = false;  // the daemon's own figures, else from the reports so far
};

// From the reports so far. `stopped` is the trace of a parallel comparison's second run; null when
// the stopped run is a prefix of the usual one. `stop` is where it ends, if it has.
Bills BillsSoFar(const RunTrace& usual, const RunTrace* stopped, std::optional<int64_t> stop,
                 const FootprintFactors& factors);
// As BillsSoFar; once the comparison has ended, the daemon's figures.
Bills BillsOf(const Comparison& comparison, const RunTrace& usual, const RunTrace* stopped);

// The step where the stopped run ended, if it has: as the traces say, else as the daemon does.
std::optional<int64_t> StopStepOf(const RunTrace& usual, const RunTrace* stopped);
std::optional<int64_t> StopStepOf(const Comparison& comparison, const RunTrace& usual,
                                  const RunTrace* stopped);

}  // namespace powerdown
