#include "server/trainer/card_uuid.h"

#include <dlfcn.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace powerdown {
namespace {

// Of NVIDIA's driver API, which needs no headers: CUresult, CUdevice and CUuuid.
using DeviceGet = int (*)(int* device, int ordinal);
using DeviceGetUuid = int (*)(unsigned char* uuid, int device);

}  // namespace

std::string UuidText(const unsigned char* bytes) {
  std::string text = "GPU-";
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    absl::StrAppendFormat(&text, "%02x", bytes[i]);
  }
  return text;
}

std::string BoardUuid(int ordinal, const std::string& library) {
  // Left open: LibTorch uses it as well.
  void* const driver = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr) return "";
  const auto get = reinterpret_cast<DeviceGet>(dlsym(driver, "cuDeviceGet"));
  // Its second version would name the part of a board (MIG).
  const auto get_uuid = reinterpret_cast<DeviceGetUuid>(dlsym(driver, "cuDeviceGetUuid"));
  int device = 0;
  unsigned char bytes[16] = {};
  if (get == nullptr || get_uuid == nullptr) return "";
  if (get(&device, ordinal) != 0 || get_uuid(bytes, device) != 0) return "";
  return UuidText(bytes);
}

std::string UuidOfDevice(const std::string& device) {
  if (device == "cuda") return BoardUuid(0);
  absl::string_view rest = device;
  int ordinal = 0;
  if (!absl::ConsumePrefix(&rest, "cuda:") || !absl::SimpleAtoi(rest, &ordinal)) return "";
  return BoardUuid(ordinal);
}

}  // namespace powerdown
