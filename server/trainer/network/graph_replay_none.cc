// Where LibTorch has no CUDA.
#include <utility>

#include "server/trainer/network/graph_replay.h"

namespace powerdown {

struct GraphReplay::Recording {};

GraphReplay::GraphReplay(torch::Device device, std::function<void()> work)
    : device_(device), work_(std::move(work)) {}

GraphReplay::~GraphReplay() = default;

void GraphReplay::Run() {
  ++runs_;
  work_();
}

std::string CardName(torch::Device) {
  return "";
}

void UseOwnStream(torch::Device) {}

}  // namespace powerdown
