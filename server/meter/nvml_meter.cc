#include "server/meter/nvml_meter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status.h"

namespace powerdown {
namespace {

constexpr absl::Duration kReopenAfter = absl::Seconds(1);

const char* SourceName(NvmlSource source) {
  return source == NvmlSource::kCounter ? "nvml-counter" : "nvml-power";
}

// The best source that this device answers. The error of the last try says why there is none.
absl::StatusOr<NvmlSource> ProbeSource(const NvmlLibrary& library, NvmlLibrary::Device device) {
  if (library.TotalEnergy(device).ok()) return NvmlSource::kCounter;
  if (library.InstantPower(device).ok()) return NvmlSource::kInstant;
  RETURN_IF_ERROR(library.PowerUsage(device).status());
  return NvmlSource::kAverage;
}

bool IsVisible(const std::optional<std::string>& visible_devices, int64_t index,
               const std::string& uuid) {
  if (!visible_devices) return true;
  for (absl::string_view entry : absl::StrSplit(*visible_devices, ',', absl::SkipWhitespace())) {
    entry = absl::StripAsciiWhitespace(entry);
    int64_t number = 0;
    // An abbreviated UUID is allowed, as CUDA allows it.
    if (absl::SimpleAtoi(entry, &number) ? number == index : absl::StartsWith(uuid, entry)) {
      return true;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<NvmlLibrary*> NvmlSession::Get(Instant now) {
  if (library_ != nullptr) return library_.get();
  if (failed_at_ && now.monotonic - *failed_at_ < kReopenAfter) return failure_;
  absl::StatusOr<std::unique_ptr<NvmlLibrary>> opened = NvmlLibrary::Open(library_name_);
  if (!opened.ok()) {
    failed_at_ = now.monotonic;
    failure_ = opened.status();
    return failure_;
  }
  library_ = *std::move(opened);
  return library_.get();
}

void NvmlSession::Close() {
  library_ = nullptr;
}

absl::StatusOr<NvmlLibrary::Device> NvmlSession::Find(const std::string& uuid, Instant now) {
  ASSIGN_OR_RETURN(NvmlLibrary * library, Get(now));
  ASSIGN_OR_RETURN(const int64_t count, library->DeviceCount());
  for (int64_t index = 0; index < count; ++index) {
    const absl::StatusOr<NvmlLibrary::Device> device = library->DeviceAt(index);
    if (!device.ok()) continue;
    const absl::StatusOr<std::string> found = library->Uuid(*device);
    if (found.ok() && *found == uuid) return *device;
  }
  return absl::UnavailableError(absl::StrCat("GPU ", uuid, " is lost"));
}

double NvmlRelativeBand(const std::string& device_name) {
  static constexpr std::array<absl::string_view, 12> kOlder = {"GTX",  "RTX 20", "Tesla",  "V100",
                                                               "P100", "T4",     "Quadro", "TITAN",
                                                               "K80",  "K40",    "M60",    "P40"};
  for (const absl::string_view name : kOlder) {
    if (absl::StrContains(device_name, name)) return 0.15;
  }
  return 0.10;
}

NvmlMeter::NvmlMeter(std::shared_ptr<NvmlSession> session, std::string uuid, std::string name,
                     NvmlSource source, double relative_band)
    : session_(std::move(session)),
      uuid_(std::move(uuid)),
      source_(source),
      description_{absl::StrCat("nvml (", name, ")"), absl::StrCat("gpu-", uuid_),
                   SourceName(source), relative_band} {}

void NvmlMeter::Rest() {
  session_->Close();
  last_counter_.reset();
}

absl::StatusOr<PowerReading> NvmlMeter::Read(Instant now) {
  absl::StatusOr<PowerReading> reading = ReadOnce(now);
  // A lost GPU keeps failing through its old handle: the next read opens NVML anew.
  if (!reading.ok() && absl::IsUnavailable(reading.status())) session_->Close();
  return reading;
}

absl::StatusOr<PowerReading> NvmlMeter::ReadOnce(Instant now) {
  ASSIGN_OR_RETURN(NvmlLibrary * library, session_->Get(now));
  ASSIGN_OR_RETURN(const NvmlLibrary::Device device, session_->Find(uuid_, now));
  PowerReading reading;
  if (source_ == NvmlSource::kInstant) {
    ASSIGN_OR_RETURN(const NvmlLibrary::FieldPower power, library->InstantPower(device));
    reading.power = power.power;
  } else if (source_ == NvmlSource::kAverage) {
    ASSIGN_OR_RETURN(reading.power, library->PowerUsage(device));
  } else {
    ASSIGN_OR_RETURN(const Joules counter, library->TotalEnergy(device));
    // A 64-bit count of millijoules never wraps: a decrease is a reloaded driver.
    if (last_counter_ && counter < *last_counter_) {
      reading.has_restarted = true;
    } else if (last_counter_) {
      total_ += counter - *last_counter_;
    }
    last_counter_ = counter;
    reading.counter = total_;
  }
  return reading;
}

std::vector<std::unique_ptr<PowerMeter>> FindNvmlMeters(
    const std::string& library, const std::optional<std::string>& visible_devices, Instant now,
    std::vector<MeterStatus>* statuses) {
  std::vector<std::unique_ptr<PowerMeter>> meters;
  const auto refuse = [&](const std::string& device, absl::Status reason, std::string remedy) {
    statuses->push_back({{"nvml", device, "nvml-power", 0},
                         false,
                         std::string(reason.message()),
                         std::move(remedy)});
  };
  auto session = std::make_shared<NvmlSession>(library);
  const absl::StatusOr<NvmlLibrary*> opened = session->Get(now);
  if (!opened.ok()) {
    refuse("gpu", opened.status(),
           "install NVIDIA's driver, or in a container start it with --gpus all");
    return meters;
  }
  const int64_t count = (*opened)->DeviceCount().value_or(0);
  for (int64_t index = 0; index < count; ++index) {
    const absl::StatusOr<NvmlLibrary::Device> device = (*opened)->DeviceAt(index);
    const absl::StatusOr<std::string> uuid =
        device.ok() ? (*opened)->Uuid(*device) : absl::StatusOr<std::string>(device.status());
    if (!uuid.ok()) {
      refuse(absl::StrCat("gpu", index), uuid.status(), "");
      continue;
    }
    if (!IsVisible(visible_devices, index, *uuid)) {
      refuse(absl::StrCat("gpu-", *uuid), absl::UnavailableError("hidden by CUDA_VISIBLE_DEVICES"),
             "");
      continue;
    }
    const absl::StatusOr<NvmlSource> source = ProbeSource(**opened, *device);
    if (!source.ok()) {
      refuse(absl::StrCat("gpu-", *uuid), source.status(), "");
      continue;
    }
    const std::string name = (*opened)->Name(*device).value_or("GPU");
    meters.push_back(
        std::make_unique<NvmlMeter>(session, *uuid, name, *source, NvmlRelativeBand(name)));
    std::string reason = absl::StrCat("read through ", SourceName(*source));
    if ((*opened)->IsMigEnabled(*device).value_or(false)) {
      absl::StrAppend(&reason, "; MIG is on: power is the whole board's, counted once");
    }
    statuses->push_back({meters.back()->description(), true, reason, ""});
  }
  session->Close();
  return meters;
}

}  // namespace powerdown
