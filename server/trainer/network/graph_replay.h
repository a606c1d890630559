// Work of a device that is the same each time: launched kernel by kernel at first, then recorded as
// one CUDA graph and replayed, so that the host's time for launching no longer counts. Where
// LibTorch has no CUDA, or the device is another, it is simply done each time: the same code but
// for the recording. Not thread-safe.
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <string>

namespace powerdown {

class GraphReplay {
 public:
  // `work` reads and writes the same tensors each time, and never waits for the device.
  GraphReplay(torch::Device device, std::function<void()> work);
  ~GraphReplay();
  void Run();

 private:
  struct Recording;
  const torch::Device device_;
  const std::function<void()> work_;
  int runs_ = 0;
  std::unique_ptr<Recording> recording_;
};

// The model of a card, as its driver calls it; empty where there is none.
std::string CardName(torch::Device device);
// From here on the work of this thread goes to a stream of its own, as recording asks for.
void UseOwnStream(torch::Device device);

}  // namespace powerdown
