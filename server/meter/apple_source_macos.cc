// IOReport and SMC through their C interfaces, loaded at run time: both are private, without a
// header. Signatures as used by github.com/vladkens/macmon. Compiled only on macOS.
#include <CoreFoundation/CoreFoundation.h>
#include <IOKit/IOKitLib.h>
#include <dlfcn.h>

#include <cstring>

#include "server/meter/apple_source.h"

namespace powerdown {
namespace {

using Dictionary = CFDictionaryRef;
using MutableDictionary = CFMutableDictionaryRef;

std::string TextOf(CFStringRef text) {
  char buffer[128] = "";
  if (text != nullptr) CFStringGetCString(text, buffer, sizeof(buffer), kCFStringEncodingUTF8);
  return buffer;
}

// The layout of AppleSMC's one call.
struct SmcExchange {
  uint32_t key;
  uint8_t version[6];
  uint8_t power_limits[16];
  struct {
    uint32_t size;
    uint32_t type;
    uint8_t attributes;
  } key_info;
  uint8_t result;
  uint8_t status;
  uint8_t command;
  uint32_t number;
  uint8_t bytes[32];
};
constexpr uint32_t kSmcCall = 2;
constexpr uint8_t kReadBytes = 5;
constexpr uint8_t kReadKeyInfo = 9;
constexpr uint32_t kPstr = 'P' << 24 | 'S' << 16 | 'T' << 8 | 'R';
constexpr uint32_t kFloat = 'f' << 24 | 'l' << 16 | 't' << 8 | ' ';

class MacSource : public AppleSource {
 public:
  ~MacSource() override {
    if (smc_ != 0) IOServiceClose(smc_);
    if (subscribed_ != nullptr) CFRelease(subscribed_);
    if (library_ != nullptr) dlclose(library_);
  }

  bool Open() {
    OpenSmc();
    OpenIoReport();
    return smc_ != 0 || subscription_ != nullptr;
  }

  absl::StatusOr<AppleDump> Read(absl::Duration now) override {
    AppleDump dump{.at = now, .channels = ReadChannels(), .system = ReadPstr()};
    if (dump.channels.empty() && !dump.system) {
      return absl::UnavailableError("neither IOReport nor the SMC answers");
    }
    return dump;
  }

 private:
  template <typename Function>
  bool Load(const char* symbol, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library_, symbol));
    return function != nullptr;
  }

  void OpenSmc() {
    const io_service_t service =
        IOServiceGetMatchingService(kIOMainPortDefault, IOServiceMatching("AppleSMC"));
    if (service == 0) return;
    if (IOServiceOpen(service, mach_task_self(), 0, &smc_) != KERN_SUCCESS) smc_ = 0;
    IOObjectRelease(service);
  }

  void OpenIoReport() {
    library_ = dlopen("/usr/lib/libIOReport.dylib", RTLD_NOW);
    MutableDictionary (*copy_channels)(CFStringRef, CFStringRef, uint64_t, uint64_t, uint64_t);
    void* (*subscribe)(void*, MutableDictionary, MutableDictionary*, uint64_t, CFTypeRef);
    if (library_ == nullptr || !Load("IOReportCopyChannelsInGroup", copy_channels) ||
        !Load("IOReportCreateSubscription", subscribe) ||
        !Load("IOReportCreateSamples", create_samples_) ||
        !Load("IOReportChannelGetChannelName", channel_name_) ||
        !Load("IOReportChannelGetUnitLabel", unit_label_) ||
        !Load("IOReportSimpleGetIntegerValue", integer_value_)) {
      return;
    }
    MutableDictionary channels = copy_channels(CFSTR("Energy Model"), nullptr, 0, 0, 0);
    if (channels == nullptr) return;
    subscription_ = subscribe(nullptr, channels, &subscribed_, 0, nullptr);
    CFRelease(channels);
  }

  std::vector<IoReportChannel> ReadChannels() const {
    std::vector<IoReportChannel> channels;
    if (subscription_ == nullptr) return channels;
    const Dictionary samples = create_samples_(subscription_, subscribed_, nullptr);
    if (samples == nullptr) return channels;
    const auto list =
        static_cast<CFArrayRef>(CFDictionaryGetValue(samples, CFSTR("IOReportChannels")));
    const CFIndex count = list == nullptr ? 0 : CFArrayGetCount(list);
    for (CFIndex i = 0; i < count; ++i) {
      const auto item = static_cast<Dictionary>(CFArrayGetValueAtIndex(list, i));
      channels.push_back(
          {TextOf(channel_name_(item)), TextOf(unit_label_(item)), integer_value_(item, nullptr)});
    }
    CFRelease(samples);
    return channels;
  }

  bool Call(SmcExchange& data) const {
    SmcExchange answer = {};
    size_t size = sizeof(answer);
    if (IOConnectCallStructMethod(smc_, kSmcCall, &data, sizeof(data), &answer, &size) !=
            KERN_SUCCESS ||
        answer.result != 0) {
      return false;
    }
    data = answer;
    return true;
  }

  std::optional<Watts> ReadPstr() const {
    if (smc_ == 0) return std::nullopt;
    SmcExchange info = {};
    info.key = kPstr;
    info.command = kReadKeyInfo;
    if (!Call(info) || info.key_info.type != kFloat) return std::nullopt;
    SmcExchange value = {};
    value.key = kPstr;
    value.key_info = info.key_info;
    value.command = kReadBytes;
    if (!Call(value)) return std::nullopt;
    float watts = 0;
    std::memcpy(&watts, value.bytes, sizeof(watts));
    return watts > 0 ? std::optional<Watts>(watts) : std::nullopt;
  }

  io_connect_t smc_ = 0;
  void* library_ = nullptr;
  void* subscription_ = nullptr;
  MutableDictionary subscribed_ = nullptr;
  Dictionary (*create_samples_)(void*, MutableDictionary, CFTypeRef) = nullptr;
  CFStringRef (*channel_name_)(Dictionary) = nullptr;
  CFStringRef (*unit_label_)(Dictionary) = nullptr;
  int64_t (*integer_value_)(Dictionary, void*) = nullptr;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AppleSource>> OpenAppleSource() {
  auto source = std::make_unique<MacSource>();
  if (!source->Open()) {
    return absl::UnavailableError("neither IOReport nor the SMC can be opened");
  }
  return source;
}

}  // namespace powerdown
