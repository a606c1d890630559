// A libnvidia-ml.so.1 that follows a script: what scripted_nvml_load was last given, else the file
// named by SCRIPTED_NVML, read anew at each call. Lines: `<key> <value>`; keys, with the device's
// index: uuid, name, energy_mj, instant_mw, instant_us (its time stamp), power_mw, limit_mw,
// utilization, mig, contexts (how many processes hold one), context_pids ("PID PID"), uses
// ("PID:PERCENT:TIME_US …"); and
// without: count, mig_board (the index that MIG instances belong to), `error_<call>` with an NVML
// result number, and `hang_<call>`: it returns only when the script no longer says so. What the
// script does not say is not supported.
#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

namespace {

using Lines = std::map<std::string, std::string>;

constexpr int kNotSupported = 3;
constexpr int kNotFound = 6;
constexpr int kInsufficientSize = 7;

void ReadLines(std::istream& stream, Lines& lines) {
  std::string key;
  std::string value;
  while (stream >> key && std::getline(stream >> std::ws, value)) lines[key] = value;
}

// What was loaded, which a call that hangs looks at from another thread; null: the file counts.
std::mutex mutex;
std::shared_ptr<const Lines> loaded;

Lines Script() {
  {
    const std::lock_guard lock(mutex);
    if (loaded != nullptr) return *loaded;
  }
  Lines from_file;
  const char* path = std::getenv("SCRIPTED_NVML");
  std::ifstream file(path != nullptr ? path : "");
  ReadLines(file, from_file);
  return from_file;
}

int ErrorOf(const Lines& script, const std::string& call) {
  while (Script().contains("hang_" + call)) poll(nullptr, 0, 5);
  const auto found = script.find("error_" + call);
  return found == script.end() ? 0 : std::stoi(found->second);
}

std::string Key(const std::string& name, void* device) {
  return name + std::to_string(reinterpret_cast<size_t>(device) - 1);
}

void* DeviceOf(size_t index) {
  return reinterpret_cast<void*>(index + 1);
}

// The script's number for a device, or NOT_SUPPORTED.
template <typename Number>
int Answer(const std::string& call, const std::string& name, void* device, Number* number) {
  const Lines script = Script();
  if (const int error = ErrorOf(script, call); error != 0) return error;
  const auto found = script.find(Key(name, device));
  if (found == script.end()) return kNotSupported;
  *number = static_cast<Number>(std::stoull(found->second));
  return 0;
}

int AnswerText(const std::string& name, void* device, char* text, unsigned length) {
  const Lines script = Script();
  const auto found = script.find(Key(name, device));
  if (found == script.end()) return kNotSupported;
  std::snprintf(text, length, "%s", found->second.c_str());
  return 0;
}

}  // namespace

extern "C" {

// The script from now on; empty text goes back to the file.
void scripted_nvml_load(const char* text) {
  auto lines = std::make_shared<Lines>();
  std::istringstream stream(text);
  ReadLines(stream, *lines);
  const std::lock_guard lock(mutex);
  loaded = lines->empty() ? nullptr : lines;
}

int nvmlInit_v2() {
  return ErrorOf(Script(), "init");
}
int nvmlShutdown() {
  return 0;
}
const char* nvmlErrorString(int result) {
  return result == 15 ? "GPU is lost" : "scripted error";
}

int nvmlDeviceGetCount_v2(unsigned* count) {
  const Lines script = Script();
  const auto found = script.find("count");
  *count = found == script.end() ? 0 : static_cast<unsigned>(std::stoul(found->second));
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = DeviceOf(index);
  return ErrorOf(Script(), "handle");
}
int nvmlDeviceGetHandleByUUID(const char* uuid, void** device) {
  const Lines script = Script();
  const auto board = script.find("mig_board");
  if (std::strncmp(uuid, "MIG-", 4) != 0 || board == script.end()) return kNotFound;
  *device = DeviceOf(std::stoul(board->second));
  return 0;
}
int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void* instance, void** board) {
  *board = instance;
  return 0;
}
int nvmlDeviceGetUUID(void* device, char* text, unsigned length) {
  return AnswerText("uuid", device, text, length);
}
int nvmlDeviceGetName(void* device, char* text, unsigned length) {
  return AnswerText("name", device, text, length);
}
int nvmlDeviceGetMigMode(void* device, unsigned* current, unsigned* pending) {
  *pending = 0;
  return Answer("mig", "mig", device, current);
}
int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  return Answer("energy", "energy_mj", device, millijoules);
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  return Answer("power", "power_mw", device, milliwatts);
}
int nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* milliwatts) {
  return Answer("limit", "limit_mw", device, milliwatts);
}
struct FieldValue {
  unsigned field_id;
  unsigned scope_id;
  long long timestamp;
  long long latency_us;
  int value_type;
  int result;
  unsigned long long value;
};
int nvmlDeviceGetFieldValues(void* device, int count, FieldValue* values) {
  for (int i = 0; i < count; ++i) {
    unsigned milliwatts = 0;
    values[i].result = values[i].field_id == 186
                           ? Answer("instant", "instant_mw", device, &milliwatts)
                           : kNotSupported;
    values[i].value_type = 1;
    values[i].value = milliwatts;
    values[i].timestamp = 0;
    Answer("instant", "instant_us", device, &values[i].timestamp);
  }
  return 0;
}
int nvmlDeviceGetUtilizationRates(void* device, unsigned* rates) {
  rates[1] = 0;
  return Answer("utilization", "utilization", device, &rates[0]);
}
struct RunningProcess {
  unsigned pid;
  unsigned long long used_memory;
  unsigned gpu_instance;
  unsigned compute_instance;
};
int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned* count,
                                            RunningProcess* processes) {
  const unsigned room = *count;
  const int result = Answer("contexts", "contexts", device, count);
  if (result != 0 || *count == 0) return result;
  if (processes == nullptr || room < *count) return kInsufficientSize;
  const Lines script = Script();
  const auto found = script.find(Key("context_pids", device));
  std::istringstream pids(found == script.end() ? "" : found->second);
  for (unsigned i = 0; i < *count; ++i) {
    processes[i] = {};
    pids >> processes[i].pid;
  }
  return 0;
}
struct ProcessSample {
  unsigned pid;
  unsigned long long time_us;
  unsigned sm;
  unsigned memory;
  unsigned encoder;
  unsigned decoder;
};
int nvmlDeviceGetProcessUtilization(void* device, ProcessSample* samples, unsigned* count,
                                    unsigned long long last_seen_us) {
  const Lines script = Script();
  const auto found = script.find(Key("uses", device));
  if (found == script.end()) return kNotSupported;
  std::istringstream text(found->second);
  unsigned written = 0;
  char colon = 0;
  for (ProcessSample use = {}; text >> use.pid >> colon >> use.sm >> colon >> use.time_us;) {
    if (use.time_us <= last_seen_us) continue;
    if (samples != nullptr && written < *count) samples[written] = use;
    ++written;
  }
  *count = written;
  if (written == 0) return kNotFound;
  return samples == nullptr ? kInsufficientSize : 0;
}

}  // extern "C"
