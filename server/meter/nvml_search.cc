#include "server/meter/nvml_search.h"
#include "absl/strings/ascii.h"

#include <cstdlib>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "server/meter/nvml_meter.h"

namespace powerdown {
namespace {

struct Board {
  int64_t index = 0;
  NvmlLibrary::Device device = nullptr;
  std::string uuid;
  std::string name;
};

// The GPUs that CUDA_VISIBLE_DEVICES allows: all of them if it is unset or cannot be understood.
struct Visibility {
  bool is_restricted = false;
  std::set<std::string> uuids;
  std::string note;
};

std::string RemedyFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return "with an NVIDIA GPU: install its driver; in a container start it with --gpus all "
             "(docker) or the NVIDIA runtime class";
    case absl::StatusCode::kFailedPrecondition:
      return "load the kernel module with: sudo modprobe nvidia; after a driver update, reboot";
    case absl::StatusCode::kPermissionDenied:
      return "let the daemon's user open /dev/nvidiactl and /dev/nvidia0: sudo usermod -aG "
             "video,render USER, then restart powerdownd; in a container pass --gpus all";
    default:
      return "";
  }
}

// The best source that this device answers. The error of the last try says why there is none.
absl::StatusOr<NvmlSource> ProbeSource(const NvmlLibrary& library, NvmlLibrary::Device device) {
  if (library.TotalEnergy(device).ok()) return NvmlSource::kCounter;
  if (library.InstantPower(device).ok()) return NvmlSource::kInstant;
  RETURN_IF_ERROR(library.PowerUsage(device).status());
  return NvmlSource::kAverage;
}

// The board that an entry names; empty if none. An abbreviated UUID is allowed, as CUDA allows it.
// MIG instances are "MIG-<uuid>", or before driver 470 "MIG-GPU-<board's uuid>/…".
std::string BoardNamed(absl::string_view entry, const std::vector<Board>& boards,
                       const NvmlLibrary& library) {
  int64_t index = 0;
  const bool is_index = absl::SimpleAtoi(entry, &index);
  if (absl::StartsWith(entry, "MIG-")) {
    const absl::StatusOr<std::string> board = library.BoardOfMig(std::string(entry));
    if (board.ok()) return *board;
    entry.remove_prefix(4);
  }
  for (const Board& board : boards) {
    const bool is_named = is_index ? board.index == index
                                   : !entry.empty() && (absl::StartsWith(board.uuid, entry) ||
                                                        absl::StartsWith(entry, board.uuid));
    if (is_named) return board.uuid;
  }
  return "";
}

// CUDA stops reading the list at the first entry that names nothing.
Visibility ReadVisibility(const NvmlSearch& search, const std::vector<Board>& boards,
                          const NvmlLibrary& library) {
  Visibility visibility;
  if (!search.visible_devices) return visibility;
  std::set<std::string> models;
  for (const Board& board : boards) models.insert(board.name);
  const bool is_order_known = search.device_order == "PCI_BUS_ID" || models.size() < 2;
  visibility.is_restricted = true;
  for (absl::string_view entry : absl::StrSplit(*search.visible_devices, ',')) {
    entry = absl::StripAsciiWhitespace(entry);
    int64_t index = 0;
    if (!is_order_known && absl::SimpleAtoi(entry, &index) && index >= 0) {
      return {.note =
                  "; CUDA_VISIBLE_DEVICES counts by speed here, so all GPUs are metered "
                  "(set CUDA_DEVICE_ORDER=PCI_BUS_ID to choose)"};
    }
    const std::string uuid = BoardNamed(entry, boards, library);
    if (uuid.empty()) break;
    visibility.uuids.insert(uuid);
  }
  return visibility;
}

class Finder {
 public:
  Finder(const NvmlSearch& search, std::vector<MeterStatus>* statuses)
      : search_(search),
        session_(std::make_shared<NvmlSession>(search.library)),
        statuses_(*statuses) {}

  std::vector<std::unique_ptr<PowerMeter>> Find(Instant now) {
    const absl::StatusOr<NvmlLibrary*> library = session_->Get(now);
    if (!library.ok()) {
      Refuse("gpu", library.status(), RemedyFor(library.status()));
      return {};
    }
    const std::vector<Board> boards = ListBoards(**library);
    const Visibility visibility = ReadVisibility(search_, boards, **library);
    for (const Board& board : boards) {
      if (visibility.is_restricted && visibility.uuids.count(board.uuid) == 0) {
        Refuse(absl::StrCat("gpu-", board.uuid),
               absl::UnavailableError("hidden by CUDA_VISIBLE_DEVICES"),
               "add it to CUDA_VISIBLE_DEVICES of powerdownd");
        continue;
      }
      Use(**library, board, visibility.note);
    }
    session_->Close();
    return std::move(meters_);
  }

 private:
  void Refuse(const std::string& device, const absl::Status& reason, std::string remedy) {
    statuses_.push_back({{.meter = "nvml", .device = device, .source = "nvml-power"},
                         false,
                         std::string(reason.message()),
                         std::move(remedy)});
  }

  std::vector<Board> ListBoards(const NvmlLibrary& library) {
    std::vector<Board> boards;
    const absl::StatusOr<int64_t> count = library.DeviceCount();
    if (!count.ok()) Refuse("gpu", count.status(), RemedyFor(count.status()));
    if (count.ok() && *count == 0) {
      Refuse("gpu", absl::NotFoundError("NVML finds no GPU"),
             "in a container start it with --gpus all");
    }
    for (int64_t index = 0; index < count.value_or(0); ++index) {
      const absl::StatusOr<NvmlLibrary::Device> device = library.DeviceAt(index);
      const absl::StatusOr<std::string> uuid =
          device.ok() ? library.Uuid(*device) : absl::StatusOr<std::string>(device.status());
      if (!uuid.ok()) {
        Refuse(absl::StrCat("gpu", index), uuid.status(), RemedyFor(uuid.status()));
        continue;
      }
      boards.push_back({index, *device, *uuid, library.Name(*device).value_or("GPU")});
    }
    return boards;
  }

  void Use(const NvmlLibrary& library, const Board& board, const std::string& note) {
    const absl::StatusOr<NvmlSource> source = ProbeSource(library, board.device);
    if (!source.ok()) {
      Refuse(absl::StrCat("gpu-", board.uuid), source.status(), RemedyFor(source.status()));
      return;
    }
    NvmlMeter::Device device{board.uuid, board.name, *source, std::nullopt};
    const absl::StatusOr<Watts> limit = library.PowerLimit(board.device);
    if (limit.ok() && *limit > Watts(0)) device.power_limit = *limit;
    meters_.push_back(std::make_unique<NvmlMeter>(session_, device));
    std::string reason = *source == NvmlSource::kCounter   ? "its energy counter is read"
                         : *source == NvmlSource::kInstant ? "its instant power is polled"
                                                           : "its one-second average is polled";
    if (library.IsMigEnabled(board.device).value_or(false)) {
      absl::StrAppend(&reason,
                      "; MIG is on: power is the whole board's, counted once; an instance's is "
                      "not measurable");
    }
    if (IsPartTimeSensor(board.name)) {
      absl::StrAppend(&reason,
                      "; the sensor sees 25 of every 100 ms: the band widens when a training loop "
                      "runs in step with it");
    }
    statuses_.push_back({meters_.back()->description(), true, reason + note, ""});
  }

  const NvmlSearch& search_;
  const std::shared_ptr<NvmlSession> session_;
  std::vector<MeterStatus>& statuses_;
  std::vector<std::unique_ptr<PowerMeter>> meters_;
};

}  // namespace

NvmlSearch NvmlSearchOf(std::string library) {
  NvmlSearch search{.library = std::move(library)};
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) search.visible_devices = visible;
  if (const char* order = std::getenv("CUDA_DEVICE_ORDER")) search.device_order = order;
  return search;
}

std::vector<std::unique_ptr<PowerMeter>> FindNvmlMeters(const NvmlSearch& search, Instant now,
                                                        std::vector<MeterStatus>* statuses) {
  return Finder(search, statuses).Find(now);
}

}  // namespace powerdown
