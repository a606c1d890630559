#include "server/trainer/network/library.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/version.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/trainer/network/graph_replay.h"

namespace powerdown {

std::string LibraryName() {
  return absl::StrCat("LibTorch ", TORCH_VERSION_MAJOR, ".", TORCH_VERSION_MINOR, ".",
                      TORCH_VERSION_PATCH);
}

std::vector<std::string> Devices() {
  std::vector<std::string> devices = {"cpu"};
  if (torch::cuda::is_available()) devices.push_back("cuda");
  if (at::hasMPS()) devices.push_back("mps");
  return devices;
}

absl::StatusOr<std::string> FindDevice(const std::string& wanted) {
  const std::vector<std::string> devices = Devices();
  const auto has = [&](const std::string& device) {
    return std::find(devices.begin(), devices.end(), device) != devices.end();
  };
  if (wanted == "auto") return has("cuda") ? "cuda" : "cpu";
  if (has(wanted)) return wanted;
  return absl::InvalidArgumentError(absl::StrCat(
      "device: ", wanted, " is not available here; allowed: auto, ", absl::StrJoin(devices, ", ")));
}

std::string CardNameOf(const std::string& device) {
  return CardName(torch::Device(device));
}

void SetThreads(int64_t threads) {
  at::set_num_threads(static_cast<int>(threads));
}

void FlushDenormals() {
  at::globalContext().setFlushDenormal(true);
}

double PeakGflops() {
  using SteadyClock = std::chrono::steady_clock;
  constexpr int64_t kSize = 1024;
  const torch::Tensor a = torch::ones({kSize, kSize});
  torch::Tensor product = torch::empty({kSize, kSize});
  double best = 1e9;  // seconds
  for (int i = 0; i < 8; ++i) {
    const auto begin = SteadyClock::now();
    torch::mm_out(product, a, a);
    best = std::min(best, std::chrono::duration<double>(SteadyClock::now() - begin).count());
  }
  return 2.0 * kSize * kSize * kSize / best / 1e9;
}

}  // namespace powerdown
