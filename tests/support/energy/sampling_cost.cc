// sampling_cost ticks N: CPU time of N ticks of the real sampler over eight scripted GPUs and this
// machine's processes, as the share of one core that 10 Hz of it takes.
// sampling_cost meter SECONDS: samples this machine itself at 10 Hz for so long, to see what that
// does to others.
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/meter/box_meters.h"
#include "server/meter/procfs_activity.h"
#include "server/meter/sampler.h"

namespace powerdown {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(100);

Instant InstantAt(absl::Duration at) {
  return {at, at, absl::UnixEpoch() + at};
}

absl::Duration CpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

std::string EightGpus(int tick) {
  std::string text = "count 8\n";
  for (int gpu = 0; gpu < 8; ++gpu) {
    absl::StrAppend(&text, "uuid", gpu, " GPU-", gpu, "\nname", gpu, " NVIDIA RTX A4000\n");
    absl::StrAppend(&text, "energy_mj", gpu, " ", 1000 + tick * 10000, "\ninstant_mw", gpu,
                    " 100000\nlimit_mw", gpu, " 140000\nutilization", gpu, " 90\n");
    absl::StrAppend(&text, "contexts", gpu, " 1\nuses", gpu, " ", getpid(), ":90:", tick, "\n");
  }
  return text;
}

std::unique_ptr<Sampler> MakeSampler(const std::string& nvml, Instant now) {
  BoxMeters box = BoxSearch({.nvml = {.library = nvml}, .cores = 2}).Find(now);
  return std::make_unique<Sampler>(SamplerOptions{.own_pid = getpid()}, std::move(box.meters),
                                   std::make_unique<ProcfsActivity>("/proc"),
                                   std::move(box.statuses));
}

int CountTicks(int ticks) {
  void* library = dlopen(ENERGY_SCRIPTED_NVML, RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "sampling_cost: %s\n", dlerror());
    return 1;
  }
  const auto load = reinterpret_cast<void (*)(const char*)>(dlsym(library, "scripted_nvml_load"));
  load(EightGpus(0).c_str());
  const std::unique_ptr<Sampler> sampler = MakeSampler(ENERGY_SCRIPTED_NVML, InstantAt(kPeriod));
  sampler->AddConsumer("run/bench/1", getpid(), InstantAt(kPeriod));
  sampler->SetConsumerDevice("run/bench/1", "cuda:0");
  absl::Duration used;
  size_t samples = 0;
  for (int tick = 1; tick <= ticks; ++tick) {
    load(EightGpus(tick).c_str());
    const absl::Duration before = CpuTime();
    samples += sampler->Tick(InstantAt(kPeriod * (tick + 1))).samples.size();
    used += CpuTime() - before;
  }
  const double share = absl::FDivDuration(used, kPeriod * ticks);
  std::printf("{\"core_share\":%.6f,\"microseconds_a_tick\":%.1f,\"samples_a_tick\":%.2f}\n", share,
              absl::ToDoubleMicroseconds(used) / ticks, static_cast<double>(samples) / ticks);
  return 0;
}

int Meter(double seconds) {
  const auto now = [] {
    timespec time = {};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return InstantAt(absl::DurationFromTimespec(time));
  };
  const Instant start = now();
  const std::unique_ptr<Sampler> sampler = MakeSampler("libnvidia-ml.so.1", start);
  while (now().monotonic - start.monotonic < absl::Seconds(seconds)) {
    sampler->Tick(now());
    absl::SleepFor(kPeriod);
  }
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** words) {
  const std::string what = count > 2 ? words[1] : "";
  if (what == "ticks") return powerdown::CountTicks(std::atoi(words[2]));
  if (what == "meter") return powerdown::Meter(std::atof(words[2]));
  std::fprintf(stderr, "usage: sampling_cost ticks N | meter SECONDS\n");
  return 2;
}
