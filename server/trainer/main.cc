// powerdown-worker: one training run or one quiz session, driven by lines on stdin. Also `--bench
// SPEC`, and `--devices`, which says what there is to train on.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/predictor.h"
#include "common/platform/files.h"
#include "common/run/run_memory.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"
#include "server/trainer/bench.h"
#include "server/trainer/network/library.h"
#include "server/trainer/pack_bench.h"
#include "server/trainer/watch_bench.h"
#include "server/trainer/worker.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

// OpenBLAS reads its thread count when it is loaded, before main: a run is one thread, and two
// would slow it down and change its bits.
void EnsureOneThread(char** arguments) {
  const char* threads = std::getenv("OPENBLAS_NUM_THREADS");
  if (threads != nullptr && std::string(threads) == "1") return;
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  setenv("OMP_NUM_THREADS", "1", 1);
  execv("/proc/self/exe", arguments);
}

int Usage(const std::string& problem) {
  std::fprintf(stderr, "powerdown-worker: %s\n", problem.c_str());
  return 2;
}

// What MemoryOf expects, as one JSON object, without training.
absl::StatusOr<std::string> Expected(const RunSpec& spec) {
  ASSIGN_OR_RETURN(const TaskTable table, MakeTask(spec));
  RETURN_IF_ERROR(ValidateSpec(spec, table));
  const auto pairs = static_cast<int64_t>(MakeSplit(table, spec).train.size());
  return Concat("{\"memory_bytes\": ", static_cast<int64_t>(MemoryOf(spec, table, pairs).total()),
                "}");
}

absl::StatusOr<std::string> Watched(const RunSpec& spec, const std::string& weights) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(weights));
  ASSIGN_OR_RETURN(Predictor predictor, Predictor::FromJson(text));
  return BenchWatching(spec, std::make_shared<const Predictor>(std::move(predictor)));
}

// Whether a single run of it is a pack of one, whose steps nobody waits for one by one.
bool IsOfTensors(const RunSpec& spec) {
  const absl::StatusOr<std::string> device = FindDevice(spec.device);
  return device.ok() && *device != "cpu";
}

int Bench(const std::vector<std::string>& flags) {
  RunSpec spec;
  EngineKind kind = EngineKind::kFastest;
  std::string weights;
  int64_t members = 0;  // of a pack
  bool is_memory_alone = false;
  bool is_to_stop = false;
  for (size_t i = 0; i < flags.size(); ++i) {
    if (flags[i] == "--plain") {
      kind = EngineKind::kPlain;
      continue;
    }
    if (flags[i] == "--memory") {
      is_memory_alone = true;
      continue;
    }
    if (flags[i] == "--to-stop") {
      is_to_stop = true;
      continue;
    }
    if (!flags[i].starts_with("--") || i + 1 == flags.size()) {
      return Usage(
          "--bench takes --plain, --memory, --watch WEIGHTS, --pack N, --to-stop and SPEC flags "
          "with a value each, not \"" +
          flags[i] + "\"");
    }
    if (flags[i] == "--watch") {
      weights = flags[++i];
      continue;
    }
    if (flags[i] == "--pack") {
      if (!absl::SimpleAtoi(flags[++i], &members)) {
        return Usage("--pack takes a whole number, not \"" + flags[i] + "\"");
      }
      continue;
    }
    const absl::Status set = SetSpecField(spec, flags[i].substr(2), flags[i + 1]);
    if (!set.ok()) return Usage(std::string(set.message()));
    ++i;
  }
  if (IsTableTask(spec)) {
    absl::StatusOr<std::string> table = ReadFile(TableFile(spec));
    if (!table.ok()) return Usage(std::string(table.status().message()));
    spec.table = *std::move(table);
  }
  if (members == 0 && (is_to_stop || IsOfTensors(spec))) members = 1;
  const absl::StatusOr<std::string> result = is_memory_alone    ? Expected(spec)
                                             : !weights.empty() ? Watched(spec, weights)
                                             : members == 0     ? BenchSpec(spec, kind)
                                             : is_to_stop       ? BenchPackToStop(spec, members)
                                                                : BenchPack(spec, members);
  if (!result.ok()) return Usage(std::string(result.status().message()));
  std::printf("%s\n", result->c_str());
  return 0;
}

int Main(std::vector<std::string> flags) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("worker"));
  // As products of CUDA's library ask for, to give the same bits each time.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  if (!flags.empty() && flags[0] == "--version") {
    std::printf("powerdown-worker %s\n", POWERDOWN_VERSION);
    return 0;
  }
  if (!flags.empty() && flags[0] == "--bench") {
    return Bench({flags.begin() + 1, flags.end()});
  }
  if (flags == std::vector<std::string>{"--devices"}) {
    std::printf("%s\n", JsonText({{"devices", Devices()}}).c_str());
    return 0;
  }
  const bool is_quiz = flags == std::vector<std::string>{"--quiz"};
  if (!flags.empty() && !is_quiz) return Usage("unknown flag \"" + flags[0] + "\"");
  CommandInput input(STDIN_FILENO);
  return is_quiz ? RunQuiz(input) : RunTraining(input);
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  powerdown::EnsureOneThread(arguments);
  const int status = powerdown::Main({arguments + 1, arguments + count});
  std::fflush(stdout);
  _exit(status);  // LibTorch's static destructors take longer than a short run
}
