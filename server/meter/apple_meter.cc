#include "server/meter/apple_meter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

// The SMC measures what enters the board; IOReport is the chip's own model and lacks display,
// storage and losses. Nobody published a calibration of either: our choice.
MeterDescription Describe(bool has_smc) {
  return {.meter = has_smc ? "smc (PSTR)" : "ioreport",
          .device = "system",
          .source = has_smc ? "smc" : "ioreport",
          .relative_band = has_smc ? 0.10 : 0.25,
          .most_power = Watts(500),
          .lag = has_smc ? absl::Seconds(1) : absl::Seconds(2)};
}

}  // namespace

AppleMeter::AppleMeter(std::unique_ptr<AppleSource> source, bool has_smc)
    : source_(std::move(source)), has_smc_(has_smc), description_(Describe(has_smc)) {}

absl::StatusOr<std::unique_ptr<AppleMeter>> AppleMeter::Open(std::unique_ptr<AppleSource> source,
                                                             Instant now) {
  ASSIGN_OR_RETURN(const AppleDump dump, source->Read(now.monotonic));
  if (!dump.system) RETURN_IF_ERROR(IoReportDecoder().Decode(dump).status());
  return std::unique_ptr<AppleMeter>(new AppleMeter(std::move(source), dump.system.has_value()));
}

absl::StatusOr<PowerReading> AppleMeter::Read(Instant now) {
  ASSIGN_OR_RETURN(const AppleDump dump, source_->Read(now.monotonic));
  absl::StatusOr<AppleSplit> split = decoder_.Decode(dump);
  if (split.ok()) split_ = *split;
  PowerReading reading;
  if (has_smc_) {
    if (!dump.system) return absl::UnavailableError("the SMC gives no PSTR reading now");
    reading.power = *dump.system;
    return reading;
  }
  RETURN_IF_ERROR(split.status());
  reading.counter = Joules(0);
  for (const auto& [part, value] : split->parts) {
    if (value.is_stale) {
      return absl::UnavailableError(
          absl::StrCat(AbslView(NameOf(part)), "'s energy counter does not change"));
    }
    *reading.counter += value.counter;
  }
  return reading;
}

}  // namespace powerdown
