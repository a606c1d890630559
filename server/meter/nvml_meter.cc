#include "server/meter/nvml_meter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

constexpr absl::Duration kReopenAfter = absl::Seconds(1);
// The driver renews utilisation every 1/6 to 1 s; asking more often costs and tells nothing.
constexpr absl::Duration kActivityPeriod = absl::Milliseconds(500);
// Process samples come in bursts: between them the last ones stand.
constexpr absl::Duration kNamesKept = absl::Seconds(2);
// A time stamp further off than this is another clock's.
constexpr absl::Duration kOldestField = absl::Seconds(2);
// Boards overshoot their limit for milliseconds.
constexpr double kOvershoot = 1.5;

// What units were measured to say, as gradient and offset of the truth (the same paper as for the
// bands). The offsets are those of cards of 300 W and more; smaller ones are taken to have smaller
// ones, in proportion to their limit, which nobody measured.
constexpr double kLeastGradient = 0.873;
constexpr double kMostGradient = 1.044;
constexpr Watts kLeastOffset(-22.6);
constexpr Watts kMostOffset(16);
constexpr Watts kFullOffsetLimit(300);
// Added as squares they miss the corner in which both are at their worst: so much more leaves 4%
// out if each is as likely anywhere in its range.
constexpr double kBoth = 1.08;
constexpr double kNewerBand = 0.10;
constexpr double kOlderBand = 0.15;

// How far a reading lags behind the load: the counter's refresh (20 to 100 ms); the sensor's window
// and the poll; the middle of a one-second average and its renewal (0.5 to 0.6 s, the same paper as
// for the bands).
absl::Duration LagOf(NvmlSource source) {
  switch (source) {
    case NvmlSource::kCounter:
      return absl::Milliseconds(100);
    case NvmlSource::kInstant:
      return absl::Milliseconds(200);
    case NvmlSource::kAverage:
      break;
  }
  return absl::Milliseconds(600);
}

MeterDescription Describe(const NvmlMeter::Device& device) {
  MeterDescription description{.meter = absl::StrCat("nvml (", device.name, ")"),
                               .device = absl::StrCat("gpu-", device.uuid),
                               .source = NvmlSourceName(device.source),
                               .relative_band = NvmlRelativeBand(device.name),
                               .overshoot = kOvershoot,
                               .lag = LagOf(device.source),
                               .is_woken_by_reading = true};
  description.spread = NvmlSpread(device.name, device.power_limit);
  description.is_limit_known = device.power_limit.has_value();
  if (device.power_limit) description.most_power = *device.power_limit;
  if (device.source == NvmlSource::kCounter) {
    description.check_source = NvmlSourceName(NvmlSource::kInstant);
  }
  if (IsPartTimeSensor(device.name)) {
    description.sensor_window = absl::Milliseconds(25);
    description.sensor_period = absl::Milliseconds(100);
  }
  return description;
}

}  // namespace

const char* NvmlSourceName(NvmlSource source) {
  return source == NvmlSource::kCounter ? "nvml-counter" : "nvml-power";
}

absl::StatusOr<NvmlLibrary*> NvmlSession::Get(Instant now) {
  if (library_ != nullptr) return library_.get();
  if (closed_at_ && now.monotonic - *closed_at_ < kReopenAfter && !failure_.ok()) return failure_;
  absl::StatusOr<std::unique_ptr<NvmlLibrary>> opened = NvmlLibrary::Open(library_name_);
  if (!opened.ok()) {
    closed_at_ = now.monotonic;
    failure_ = opened.status();
    return failure_;
  }
  library_ = *std::move(opened);
  failure_ = absl::OkStatus();
  return library_.get();
}

void NvmlSession::Close() {
  devices_.clear();
  library_ = nullptr;
}

void NvmlSession::Reopen(Instant now) {
  if (closed_at_ && now.monotonic - *closed_at_ < kReopenAfter) return;
  closed_at_ = now.monotonic;
  Close();
}

absl::StatusOr<NvmlLibrary::Device> NvmlSession::Find(const std::string& uuid, Instant now) {
  ASSIGN_OR_RETURN(NvmlLibrary * library, Get(now));
  if (const auto known = devices_.find(uuid); known != devices_.end()) return known->second;
  ASSIGN_OR_RETURN(const int64_t count, library->DeviceCount());
  for (int64_t index = 0; index < count; ++index) {
    const absl::StatusOr<NvmlLibrary::Device> device = library->DeviceAt(index);
    if (!device.ok()) continue;
    const absl::StatusOr<std::string> found = library->Uuid(*device);
    if (found.ok()) devices_[*found] = *device;
  }
  if (const auto known = devices_.find(uuid); known != devices_.end()) return known->second;
  return absl::UnavailableError(absl::StrCat("GPU ", uuid, " is lost"));
}

double NvmlRelativeBand(const std::string& device_name) {
  static constexpr std::array<absl::string_view, 12> kOlder = {"GTX",  "RTX 20", "Tesla",  "V100",
                                                               "P100", "T4",     "Quadro", "TITAN",
                                                               "K80",  "K40",    "M60",    "P40"};
  for (const absl::string_view name : kOlder) {
    if (absl::StrContains(device_name, name)) return kOlderBand;
  }
  return kNewerBand;
}

MeterDescription::Spread NvmlSpread(const std::string& device_name, std::optional<Watts> limit) {
  const double size = limit ? std::min(1.0, *limit / kFullOffsetLimit) : 1;
  const double older = NvmlRelativeBand(device_name) > kNewerBand ? kOlderBand : 0;
  return {.below = kBoth * std::max(1 - 1 / kMostGradient, older),
          .above = kBoth * std::max(1 / kLeastGradient - 1, older),
          .offset_below = kMostOffset * (kBoth * size / kMostGradient),
          .offset_above = kLeastOffset * (-kBoth * size / kLeastGradient)};
}

bool IsPartTimeSensor(const std::string& device_name) {
  for (const absl::string_view name : {"A100", "H100", "H200"}) {
    if (absl::StrContains(device_name, name)) return true;
  }
  return false;
}

NvmlMeter::NvmlMeter(std::shared_ptr<NvmlSession> session, Device device)
    : session_(std::move(session)),
      uuid_(device.uuid),
      source_(device.source),
      description_(Describe(device)) {}

void NvmlMeter::Rest() {
  session_->Close();
  last_counter_.reset();
  activity_.reset();
  activity_at_.reset();
}

bool NvmlMeter::ResumeFrom(const std::string& position, absl::Duration) {
  double joules = 0;
  if (source_ != NvmlSource::kCounter || !absl::SimpleAtod(position, &joules)) return false;
  last_counter_ = Joules(joules);
  return true;
}

absl::StatusOr<PowerReading> NvmlMeter::Read(Instant now) {
  absl::StatusOr<PowerReading> reading = ReadOnce(now);
  // A lost GPU keeps failing through its old handle.
  if (!reading.ok() && absl::IsUnavailable(reading.status())) session_->Reopen(now);
  return reading;
}

// A 64-bit count of millijoules never wraps: a decrease is a reloaded driver.
void NvmlMeter::ReadCounter(Joules counter, PowerReading& reading) {
  if (last_counter_ && counter < *last_counter_) {
    reading.has_restarted = true;
  } else if (last_counter_) {
    total_ += counter - *last_counter_;
  }
  last_counter_ = counter;
  reading.counter = total_;
  reading.position = absl::StrFormat("%.17g", counter.value());
}

void NvmlMeter::ReadActivity(const NvmlLibrary& library, NvmlLibrary::Device device, Instant now) {
  if (activity_at_ && now.monotonic - *activity_at_ < kActivityPeriod) return;
  activity_at_ = now.monotonic;
  // Somebody may have changed it.
  const absl::StatusOr<Watts> limit = library.PowerLimit(device);
  if (limit.ok() && *limit > Watts(0)) limit_ = *limit;
  DeviceActivity activity;
  if (activity_ && now.monotonic - named_at_ < kNamesKept) activity.by_pid = activity_->by_pid;
  const absl::StatusOr<double> busy = library.Utilisation(device);
  activity.busy = busy.value_or(0);
  activity.is_use_known = busy.ok();
  activity.is_partitioned = library.IsMigEnabled(device).value_or(false);
  const absl::StatusOr<std::vector<int64_t>> holders = library.ComputeProcesses(device);
  if (holders.ok()) {
    activity.has_processes = !holders->empty();
    activity.contexts = static_cast<int64_t>(holders->size());
    for (const int64_t pid : *holders) {
      if (pid != 0) activity.holders.push_back(pid);
    }
  }
  const auto uses = library.ProcessUses(device, last_seen_us_);
  if (uses.ok() && !uses->empty()) {
    activity.by_pid.clear();
    for (const NvmlLibrary::ProcessUse& use : *uses) {
      activity.by_pid[use.pid] = use.share;
      last_seen_us_ = std::max(last_seen_us_, use.time_us);
    }
    named_at_ = now.monotonic;
  }
  activity_ = std::move(activity);
}

// The instant power; the average where there is none, or it says 0, as no GPU that answers does.
absl::Status NvmlMeter::ReadPower(const NvmlLibrary& library, NvmlLibrary::Device device,
                                  Instant now, PowerReading& reading) {
  if (source_ != NvmlSource::kAverage) {
    const absl::StatusOr<NvmlLibrary::FieldPower> power = library.InstantPower(device);
    if (!power.ok() && source_ == NvmlSource::kInstant) return power.status();
    if (power.ok() && power->power > Watts(0)) {
      reading.power = power->power;
      const absl::Duration age = now.wall - power->time;
      if (age > absl::ZeroDuration() && age < kOldestField) reading.age = age;
      return absl::OkStatus();
    }
    if (power.ok()) reading.power = power->power;
  }
  const absl::StatusOr<Watts> average = library.PowerUsage(device);
  if (average.ok()) reading.power = *average;
  return reading.power ? absl::OkStatus() : average.status();
}

absl::StatusOr<PowerReading> NvmlMeter::ReadOnce(Instant now) {
  ASSIGN_OR_RETURN(NvmlLibrary * library, session_->Get(now));
  ASSIGN_OR_RETURN(const NvmlLibrary::Device device, session_->Find(uuid_, now));
  PowerReading reading;
  if (source_ == NvmlSource::kCounter) {
    ASSIGN_OR_RETURN(const Joules counter, library->TotalEnergy(device));
    ReadCounter(counter, reading);
    PowerReading check;
    if (ReadPower(*library, device, now, check).ok()) reading.check_power = check.power;
  } else {
    RETURN_IF_ERROR(ReadPower(*library, device, now, reading));
  }
  ReadActivity(*library, device, now);
  reading.activity = activity_;
  reading.limit = limit_;
  return reading;
}

}  // namespace powerdown
