#include "server/meter/ioreport.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr absl::Duration kStaleAfter = absl::Seconds(10);

// "DIE_12_CPU Energy" without its die.
absl::string_view WithoutDie(absl::string_view name) {
  if (!absl::StartsWith(name, "DIE_")) return name;
  size_t end = 4;
  while (end < name.size() && absl::ascii_isdigit(name[end])) ++end;
  const bool is_die = end > 4 && end < name.size() && name[end] == '_';
  return is_die ? name.substr(end + 1) : name;
}

// "ANE", "ANE0", "DRAM1": the whole name but for a number.
bool IsNumbered(absl::string_view name, absl::string_view stem) {
  if (!absl::StartsWith(name, stem)) return false;
  const absl::string_view rest = name.substr(stem.size());
  return std::all_of(rest.begin(), rest.end(), absl::ascii_isdigit);
}

}  // namespace

std::optional<ApplePart> PartOfChannel(const std::string& name) {
  const absl::string_view plain = WithoutDie(name);
  if (plain == "CPU Energy") return ApplePart::kCpu;
  if (plain == "GPU Energy") return ApplePart::kGpu;
  if (IsNumbered(plain, "GPU SRAM")) return ApplePart::kGpuSram;
  if (IsNumbered(plain, "ANE")) return ApplePart::kAne;
  if (IsNumbered(plain, "DRAM")) return ApplePart::kDram;
  return std::nullopt;
}

absl::StatusOr<Joules> IoReportEnergy(const IoReportChannel& channel) {
  const absl::string_view unit = absl::StripAsciiWhitespace(channel.unit);
  const double value = static_cast<double>(channel.value);
  if (unit == "mJ") return Joules(value / 1e3);
  if (unit == "uJ") return Joules(value / 1e6);
  if (unit == "nJ") return Joules(value / 1e9);
  return absl::InvalidArgumentError(
      absl::StrCat("channel ", channel.name, ": unit \"", channel.unit, "\" is not known"));
}

void IoReportDecoder::Renew(ApplePart part, Joules counter, absl::Duration at) {
  const auto [found, is_new] = counters_.try_emplace(part, Counter{counter, at, std::nullopt});
  Counter& known = found->second;
  if (is_new || counter == known.last) return;
  // A decrease is a reset: the time since is unknown, and the next renewal is good again.
  known.power.reset();
  if (counter > known.last && at > known.renewed_at) {
    known.power = (counter - known.last) / (at - known.renewed_at);
  }
  known.last = counter;
  known.renewed_at = at;
}

absl::StatusOr<AppleSplit> IoReportDecoder::Decode(const AppleDump& dump) {
  std::map<ApplePart, Joules> sums;
  for (const IoReportChannel& channel : dump.channels) {
    const std::optional<ApplePart> part = PartOfChannel(channel.name);
    if (!part) continue;
    ASSIGN_OR_RETURN(const Joules energy, IoReportEnergy(channel));
    sums[*part] += energy;
  }
  if (sums.empty()) return absl::NotFoundError("IOReport has no energy channel that is known");
  absl::Duration newest = -absl::InfiniteDuration();
  for (const auto& [part, counter] : sums) {
    Renew(part, counter, dump.at);
    newest = std::max(newest, counters_.at(part).renewed_at);
  }
  AppleSplit split;
  Watts known;
  bool is_whole = true;
  for (const auto& [part, counter] : sums) {
    const Counter& state = counters_.at(part);
    // An idle part (the ANE, mostly) never had a power: that is rest, not a frozen channel.
    const bool is_stale =
        state.power && *state.power > Watts(0) && newest - state.renewed_at >= kStaleAfter;
    split.parts[part] = {counter, is_stale ? Watts(0) : state.power.value_or(Watts(0)), is_stale};
    if (is_stale) {
      is_whole = false;
      absl::StrAppend(&split.warning, AbslView(NameOf(part)),
                      "'s energy counter does not change; ");
    }
    known += split.parts[part].power;
  }
  if (!dump.system) return split;
  if (known > *dump.system * 1.05) {
    absl::StrAppendFormat(&split.warning, "the parts use %.1f W and the system %.1f W; ",
                          known.value(), dump.system->value());
  } else if (is_whole) {
    split.other = std::max(*dump.system - known, Watts(0));
  }
  return split;
}

}  // namespace powerdown
