// A libnvidia-ml.so.1 that follows a script: the file named by SCRIPTED_NVML, read anew at each
// call. Lines: `<key> <value>`; keys: count, uuid<i>, name<i>, energy_mj<i>, instant_mw<i>,
// power_mw<i>, utilization<i>, mig<i>, and `error_<call>` with an NVML result number.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>

namespace {

std::map<std::string, std::string> Script() {
  std::map<std::string, std::string> script;
  const char* path = std::getenv("SCRIPTED_NVML");
  std::ifstream file(path != nullptr ? path : "");
  std::string key;
  std::string value;
  while (file >> key && std::getline(file >> std::ws, value)) script[key] = value;
  return script;
}

int ErrorOf(const std::map<std::string, std::string>& script, const std::string& call) {
  const auto found = script.find("error_" + call);
  return found == script.end() ? 0 : std::stoi(found->second);
}

size_t IndexOf(void* device) {
  return reinterpret_cast<size_t>(device) - 1;
}

// The script's number for a device, or NOT_SUPPORTED.
template <typename Number>
int Answer(const std::string& call, const std::string& key, void* device, Number* number) {
  const auto script = Script();
  if (const int error = ErrorOf(script, call); error != 0) return error;
  const auto found = script.find(key + std::to_string(IndexOf(device)));
  if (found == script.end()) return 3;
  *number = static_cast<Number>(std::stoull(found->second));
  return 0;
}

int AnswerText(const std::string& key, void* device, char* text, unsigned length) {
  const auto script = Script();
  const auto found = script.find(key + std::to_string(IndexOf(device)));
  if (found == script.end()) return 3;
  std::snprintf(text, length, "%s", found->second.c_str());
  return 0;
}

}  // namespace

extern "C" {

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
  const auto script = Script();
  const auto found = script.find("count");
  *count = found == script.end() ? 0 : static_cast<unsigned>(std::stoul(found->second));
  return 0;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = reinterpret_cast<void*>(static_cast<size_t>(index) + 1);
  return ErrorOf(Script(), "handle");
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
    values[i].result =
        values[i].field_id == 186 ? Answer("instant", "instant_mw", device, &milliwatts) : 3;
    values[i].value_type = 1;
    values[i].value = milliwatts;
  }
  return 0;
}
int nvmlDeviceGetUtilizationRates(void* device, unsigned* rates) {
  rates[1] = 0;
  return Answer("utilization", "utilization", device, &rates[0]);
}

}  // extern "C"
