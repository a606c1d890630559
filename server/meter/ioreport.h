// Decodes the energy figures of an Apple chip that macOS gives without sudo: the IOReport group
// "Energy Model" for the split, the SMC key PSTR for the total. Pure: dumps come in, so that it is
// tested anywhere. Not thread-safe.
//
// Channel names are matched whole, by chip family: matching parts of names counts cores and
// clusters besides their sum (lablup/all-smi#412: 106.68 W instead of 36.17 W).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/named.h"
#include "common/energy/units.h"

namespace powerdown {

// One channel as IOReport gives it: cumulative.
struct IoReportChannel {
  std::string name;
  std::string unit;  // "mJ", "uJ", "nJ"
  int64_t value = 0;
};

struct AppleDump {
  absl::Duration at;  // monotonic
  std::vector<IoReportChannel> channels;
  std::optional<Watts> system;  // PSTR
};

enum class ApplePart { kCpu, kGpu, kGpuSram, kAne, kDram };
template <>
struct NamesOf<ApplePart> {
  static constexpr std::string_view kNames[] = {"cpu", "gpu", "gpu-sram", "ane", "dram"};
};

// The part that a channel is the sum of; nullopt for cores, clusters and what is no part.
// "DIE_1_CPU Energy" is the CPU of an Ultra's second die.
std::optional<ApplePart> PartOfChannel(const std::string& name);
// Joules of a value. InvalidArgument for a unit that is not known: nobody guesses.
absl::StatusOr<Joules> IoReportEnergy(const IoReportChannel& channel);

// What the parts drew since each was last renewed.
struct AppleSplit {
  struct Part {
    Joules counter;         // cumulative, all dies together
    Watts power;            // since the renewal before
    bool is_stale = false;  // stood still for long while others moved: not to be believed
  };
  std::map<ApplePart, Part> parts;
  // What PSTR says beyond the parts: display, memory, losses. Absent when it is not known, or less
  // than nothing.
  std::optional<Watts> other;
  std::string warning;  // what contradicts itself; empty if nothing does
};

// Follows dumps. macOS 27 renews some channels in batches (macmon#76, all-smi#410): a part's power
// is its difference over the time between two renewals, not between two dumps, so that a batch is
// neither 0 W nor a spike; and a channel that stands still for ten seconds while the others move is
// stale.
class IoReportDecoder {
 public:
  // InvalidArgument for an unknown unit; NotFound without any channel that is known.
  absl::StatusOr<AppleSplit> Decode(const AppleDump& dump);

 private:
  struct Counter {
    Joules last;
    absl::Duration renewed_at;
    std::optional<Watts> power;
  };
  void Renew(ApplePart part, Joules counter, absl::Duration at);

  std::map<ApplePart, Counter> counters_;
};

}  // namespace powerdown
