#include "server/run/worker_memory.h"

#include "common/run/run_memory.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

// Bytes for thread stacks and allocator arenas, which are counted where they are mapped.
constexpr double kSpare = 1 << 30;
// A CUDA context and its libraries map this much on the host.
constexpr double kSpareWithGpu = 8.0 * (1 << 30);

}  // namespace

int64_t WorkerMemoryLimit(const RunSpec& spec, double factor) {
  if (factor <= 0) return 0;
  const absl::StatusOr<TaskTable> table = MakeTask(spec);
  if (!table.ok()) return 0;
  const auto pairs = static_cast<int64_t>(spec.train_fraction * static_cast<double>(table->size()));
  const double spare = spec.device == "cpu" ? kSpare : kSpareWithGpu;
  return static_cast<int64_t>(factor * MemoryOf(spec, *table, pairs).total() + spare);
}

}  // namespace powerdown
