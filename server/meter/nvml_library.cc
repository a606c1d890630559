#include "server/meter/nvml_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

enum Result {
  kSuccess = 0,
  kUninitialized = 1,
  kNotSupported = 3,
  kNoPermission = 4,
  kNotFound = 6,
  kInsufficientSize = 7,
  kDriverNotLoaded = 9,
  kTimeout = 10,
  kFunctionNotFound = 13,
  kGpuIsLost = 15,
  kVersionMismatch = 18,
};
constexpr unsigned kFieldPowerInstant = 186;
constexpr unsigned kRoomForMore = 16;  // processes that start between two calls

enum ValueType {
  kDouble = 0,
  kUnsigned = 1,
  kUnsignedLong = 2,
  kUnsignedLongLong = 3,
  kSignedLongLong = 4
};

struct FieldValue {
  unsigned field_id;
  unsigned scope_id;
  long long timestamp;
  long long latency_us;
  int value_type;
  int result;
  union {
    double as_double;
    unsigned as_unsigned;
    unsigned long as_unsigned_long;
    unsigned long long as_unsigned_long_long;
    long long as_long_long;
  } value;
};

struct RunningProcess {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};

struct Utilization {
  unsigned gpu;
  unsigned memory;
};

struct ProcessSample {
  unsigned pid;
  unsigned long long time_us;
  unsigned sm;
  unsigned memory;
  unsigned encoder;
  unsigned decoder;
};

double Milliwatts(const FieldValue& field) {
  switch (field.value_type) {
    case kDouble:
      return field.value.as_double;
    case kUnsignedLong:
      return static_cast<double>(field.value.as_unsigned_long);
    case kUnsignedLongLong:
      return static_cast<double>(field.value.as_unsigned_long_long);
    case kSignedLongLong:
      return static_cast<double>(field.value.as_long_long);
    default:
      return field.value.as_unsigned;
  }
}

}  // namespace

struct NvmlLibrary::Symbols {
  void* library = nullptr;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  const char* (*error_text)(int) = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*handle)(unsigned, Device*) = nullptr;
  int (*uuid)(Device, char*, unsigned) = nullptr;
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*mig)(Device, unsigned*, unsigned*) = nullptr;
  int (*energy)(Device, unsigned long long*) = nullptr;
  int (*fields)(Device, int, FieldValue*) = nullptr;
  int (*power)(Device, unsigned*) = nullptr;
  int (*power_limit)(Device, unsigned*) = nullptr;
  int (*by_uuid)(const char*, Device*) = nullptr;
  int (*board_of_mig)(Device, Device*) = nullptr;
  int (*compute_processes)(Device, unsigned*, RunningProcess*) = nullptr;
  int (*utilization)(Device, Utilization*) = nullptr;
  int (*processes)(Device, ProcessSample*, unsigned*, unsigned long long) = nullptr;

  template <typename Function>
  void Load(const char* symbol, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, symbol));
  }
  void LoadAll() {
    Load("nvmlInit_v2", init);
    Load("nvmlShutdown", shutdown);
    Load("nvmlErrorString", error_text);
    Load("nvmlDeviceGetCount_v2", count);
    Load("nvmlDeviceGetHandleByIndex_v2", handle);
    Load("nvmlDeviceGetUUID", uuid);
    Load("nvmlDeviceGetName", name);
    Load("nvmlDeviceGetMigMode", mig);
    Load("nvmlDeviceGetTotalEnergyConsumption", energy);
    Load("nvmlDeviceGetFieldValues", fields);
    Load("nvmlDeviceGetPowerUsage", power);
    Load("nvmlDeviceGetEnforcedPowerLimit", power_limit);
    Load("nvmlDeviceGetHandleByUUID", by_uuid);
    Load("nvmlDeviceGetDeviceHandleFromMigDeviceHandle", board_of_mig);
    Load("nvmlDeviceGetComputeRunningProcesses_v3", compute_processes);
    Load("nvmlDeviceGetUtilizationRates", utilization);
    Load("nvmlDeviceGetProcessUtilization", processes);
  }
};

absl::StatusOr<std::unique_ptr<NvmlLibrary>> NvmlLibrary::Open(const std::string& library) {
  auto symbols = std::make_unique<Symbols>();
  symbols->library = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (symbols->library == nullptr) {
    return absl::NotFoundError(absl::StrCat(library, " is not installed (no NVIDIA driver here)"));
  }
  symbols->LoadAll();
  if (symbols->init == nullptr || symbols->shutdown == nullptr) {
    dlclose(symbols->library);
    return absl::UnavailableError(absl::StrCat(library, " is too old: it has no nvmlInit_v2"));
  }
  std::unique_ptr<NvmlLibrary> opened(new NvmlLibrary(std::move(symbols)));
  const int result = opened->symbols_->init();
  if (result != kSuccess) {
    absl::Status status = opened->ToStatus(result, "nvmlInit_v2");
    dlclose(opened->symbols_->library);
    opened->symbols_ = nullptr;
    return status;
  }
  return opened;
}

NvmlLibrary::NvmlLibrary(std::unique_ptr<Symbols> symbols) : symbols_(std::move(symbols)) {}

NvmlLibrary::~NvmlLibrary() {
  if (symbols_ == nullptr) return;
  symbols_->shutdown();
  dlclose(symbols_->library);
}

absl::Status NvmlLibrary::ToStatus(int result, const char* call) const {
  if (result == kSuccess) return absl::OkStatus();
  const std::string text = absl::StrCat(
      call, ": ", symbols_->error_text != nullptr ? symbols_->error_text(result) : "error ",
      symbols_->error_text != nullptr ? "" : absl::StrCat(result));
  switch (result) {
    case kNotSupported:
    case kFunctionNotFound:
      return absl::UnimplementedError(text);
    case kNoPermission:
      return absl::PermissionDeniedError(text);
    case kDriverNotLoaded:
    case kVersionMismatch:
      return absl::FailedPreconditionError(text);
    default:
      return absl::UnavailableError(text);
  }
}

namespace {
absl::Status Missing(const char* call) {
  return absl::UnimplementedError(absl::StrCat(call, ": the driver does not have this call"));
}
}  // namespace

absl::StatusOr<int64_t> NvmlLibrary::DeviceCount() const {
  if (symbols_->count == nullptr) return Missing("nvmlDeviceGetCount_v2");
  unsigned count = 0;
  RETURN_IF_ERROR(ToStatus(symbols_->count(&count), "nvmlDeviceGetCount_v2"));
  return count;
}

absl::StatusOr<NvmlLibrary::Device> NvmlLibrary::DeviceAt(int64_t index) const {
  if (symbols_->handle == nullptr) return Missing("nvmlDeviceGetHandleByIndex_v2");
  Device device = nullptr;
  RETURN_IF_ERROR(ToStatus(symbols_->handle(static_cast<unsigned>(index), &device),
                           "nvmlDeviceGetHandleByIndex_v2"));
  return device;
}

absl::StatusOr<std::string> NvmlLibrary::Uuid(Device device) const {
  if (symbols_->uuid == nullptr) return Missing("nvmlDeviceGetUUID");
  char text[96] = {};
  RETURN_IF_ERROR(ToStatus(symbols_->uuid(device, text, sizeof(text) - 1), "nvmlDeviceGetUUID"));
  return std::string(text);
}

absl::StatusOr<std::string> NvmlLibrary::Name(Device device) const {
  if (symbols_->name == nullptr) return Missing("nvmlDeviceGetName");
  char text[96] = {};
  RETURN_IF_ERROR(ToStatus(symbols_->name(device, text, sizeof(text) - 1), "nvmlDeviceGetName"));
  return std::string(text);
}

absl::StatusOr<bool> NvmlLibrary::IsMigEnabled(Device device) const {
  if (symbols_->mig == nullptr) return false;
  unsigned current = 0;
  unsigned pending = 0;
  const int result = symbols_->mig(device, &current, &pending);
  if (result == kNotSupported) return false;
  RETURN_IF_ERROR(ToStatus(result, "nvmlDeviceGetMigMode"));
  return current == 1;
}

absl::StatusOr<std::string> NvmlLibrary::BoardOfMig(const std::string& mig_uuid) const {
  if (symbols_->by_uuid == nullptr) return Missing("nvmlDeviceGetHandleByUUID");
  if (symbols_->board_of_mig == nullptr) {
    return Missing("nvmlDeviceGetDeviceHandleFromMigDeviceHandle");
  }
  Device instance = nullptr;
  RETURN_IF_ERROR(
      ToStatus(symbols_->by_uuid(mig_uuid.c_str(), &instance), "nvmlDeviceGetHandleByUUID"));
  Device board = nullptr;
  RETURN_IF_ERROR(ToStatus(symbols_->board_of_mig(instance, &board),
                           "nvmlDeviceGetDeviceHandleFromMigDeviceHandle"));
  return Uuid(board);
}

absl::StatusOr<std::vector<int64_t>> NvmlLibrary::ComputeProcesses(Device device) const {
  constexpr const char* kCall = "nvmlDeviceGetComputeRunningProcesses_v3";
  if (symbols_->compute_processes == nullptr) return Missing(kCall);
  unsigned count = 0;
  int result = symbols_->compute_processes(device, &count, nullptr);
  std::vector<RunningProcess> processes;
  // Some may come while they are listed: room for a few more.
  if (result == kInsufficientSize) {
    count += kRoomForMore;
    processes.resize(count);
    // Where it lists none, their number is known all the same.
    if (symbols_->compute_processes(device, &count, processes.data()) == kSuccess) {
      processes.resize(std::min<size_t>(count, processes.size()));
    } else {
      processes.resize(processes.size() - kRoomForMore);
    }
    result = kSuccess;
  }
  RETURN_IF_ERROR(ToStatus(result, kCall));
  std::vector<int64_t> pids;
  for (const RunningProcess& process : processes) pids.push_back(process.pid);
  return pids;
}

absl::StatusOr<Watts> NvmlLibrary::PowerLimit(Device device) const {
  if (symbols_->power_limit == nullptr) return Missing("nvmlDeviceGetEnforcedPowerLimit");
  unsigned milliwatts = 0;
  RETURN_IF_ERROR(
      ToStatus(symbols_->power_limit(device, &milliwatts), "nvmlDeviceGetEnforcedPowerLimit"));
  return Watts(milliwatts / 1e3);
}

absl::StatusOr<Joules> NvmlLibrary::TotalEnergy(Device device) const {
  if (symbols_->energy == nullptr) return Missing("nvmlDeviceGetTotalEnergyConsumption");
  unsigned long long millijoules = 0;
  RETURN_IF_ERROR(
      ToStatus(symbols_->energy(device, &millijoules), "nvmlDeviceGetTotalEnergyConsumption"));
  return Joules(static_cast<double>(millijoules) / 1e3);
}

absl::StatusOr<NvmlLibrary::FieldPower> NvmlLibrary::InstantPower(Device device) const {
  if (symbols_->fields == nullptr) return Missing("nvmlDeviceGetFieldValues");
  FieldValue field = {};
  field.field_id = kFieldPowerInstant;
  RETURN_IF_ERROR(ToStatus(symbols_->fields(device, 1, &field), "nvmlDeviceGetFieldValues"));
  RETURN_IF_ERROR(ToStatus(field.result, "NVML_FI_DEV_POWER_INSTANT"));
  return FieldPower{Watts(Milliwatts(field) / 1e3), absl::FromUnixMicros(field.timestamp)};
}

absl::StatusOr<Watts> NvmlLibrary::PowerUsage(Device device) const {
  if (symbols_->power == nullptr) return Missing("nvmlDeviceGetPowerUsage");
  unsigned milliwatts = 0;
  RETURN_IF_ERROR(ToStatus(symbols_->power(device, &milliwatts), "nvmlDeviceGetPowerUsage"));
  return Watts(milliwatts / 1e3);
}

absl::StatusOr<double> NvmlLibrary::Utilisation(Device device) const {
  if (symbols_->utilization == nullptr) return Missing("nvmlDeviceGetUtilizationRates");
  Utilization use = {};
  RETURN_IF_ERROR(ToStatus(symbols_->utilization(device, &use), "nvmlDeviceGetUtilizationRates"));
  return use.gpu / 100.0;
}

absl::StatusOr<std::vector<NvmlLibrary::ProcessUse>> NvmlLibrary::ProcessUses(
    Device device, int64_t last_seen_us) const {
  if (symbols_->processes == nullptr) return Missing("nvmlDeviceGetProcessUtilization");
  unsigned count = 0;
  const auto since = static_cast<unsigned long long>(std::max<int64_t>(0, last_seen_us));
  int result = symbols_->processes(device, nullptr, &count, since);
  if (result == kNotFound || (result == kSuccess && count == 0)) return std::vector<ProcessUse>();
  if (result != kInsufficientSize)
    RETURN_IF_ERROR(ToStatus(result, "nvmlDeviceGetProcessUtilization"));
  std::vector<ProcessSample> samples(count);
  result = symbols_->processes(device, samples.data(), &count, since);
  if (result == kNotFound) return std::vector<ProcessUse>();
  RETURN_IF_ERROR(ToStatus(result, "nvmlDeviceGetProcessUtilization"));
  // The driver keeps several samples a process; the newest stands for it.
  std::map<int64_t, ProcessUse> newest;
  for (unsigned i = 0; i < std::min<size_t>(count, samples.size()); ++i) {
    const ProcessSample& sample = samples[i];
    ProcessUse& use = newest[sample.pid];
    if (static_cast<int64_t>(sample.time_us) < use.time_us) continue;
    use = {sample.pid, sample.sm / 100.0, static_cast<int64_t>(sample.time_us)};
  }
  std::vector<ProcessUse> uses;
  for (const auto& [pid, use] : newest) uses.push_back(use);
  return uses;
}

}  // namespace powerdown
