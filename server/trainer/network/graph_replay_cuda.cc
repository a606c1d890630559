// Where LibTorch has CUDA.
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>

#include <utility>

#include "server/trainer/network/graph_replay.h"

namespace powerdown {
namespace {

// What is made once (handles, workspaces, plans of products) is made before the recording.
constexpr int kRunsBefore = 3;

}  // namespace

struct GraphReplay::Recording {
  at::cuda::CUDAGraph graph;
};

GraphReplay::GraphReplay(torch::Device device, std::function<void()> work)
    : device_(device), work_(std::move(work)) {}

GraphReplay::~GraphReplay() = default;

void GraphReplay::Run() {
  if (recording_) return recording_->graph.replay();
  if (!device_.is_cuda() || runs_ < kRunsBefore) {
    ++runs_;
    return work_();
  }
  // One pool of memory for all: they never run at once, and what one leaves for others to read is
  // held by its tensors.
  static const auto pool = at::cuda::graph_pool_handle();
  auto recording = std::make_unique<Recording>();
  recording->graph.capture_begin(pool);
  work_();
  recording->graph.capture_end();
  recording_ = std::move(recording);
  recording_->graph.replay();
}

std::string CardName(torch::Device device) {
  if (!device.is_cuda()) return "";
  return at::cuda::getDeviceProperties(device.has_index() ? device.index() : 0)->name;
}

void UseOwnStream(torch::Device device) {
  if (!device.is_cuda()) return;
  // One for all that a thread does: what follows on it needs to wait for nothing.
  thread_local const c10::cuda::CUDAStream stream = c10::cuda::getStreamFromPool(
      /*isHighPriority=*/false, device.has_index() ? device.index() : c10::DeviceIndex{0});
  c10::cuda::setCurrentCUDAStream(stream);
}

}  // namespace powerdown
