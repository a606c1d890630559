// What the services speak to, and where their calls run. Plain values and borrowed pointers.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/forecast/predictor.h"
#include "server/access/access.h"
#include "server/clock.h"
#include "server/meter/sampler.h"
#include "server/rpc/gate.h"
#include "server/rpc/recent_batches.h"
#include "server/rpc/watch_list.h"
#include "server/rpc/worker_pool.h"
#include "server/run/calibrations.h"
#include "server/run/comparison.h"
#include "server/run/feed.h"
#include "server/run/quiz.h"
#include "server/run/run_queue.h"
#include "server/store/store.h"

namespace powerdown {

// All outlive the server.
struct RpcParts {
  Clock* clock = nullptr;
  Store* store = nullptr;
  Feed* feed = nullptr;
  Sampler* sampler = nullptr;
  Calibrations* calibrations = nullptr;
  RunQueue* queue = nullptr;
  Comparisons* comparisons = nullptr;
  Quiz* quiz = nullptr;
  Access* access = nullptr;
  std::shared_ptr<const Predictor> predictor;  // null: no weights
  std::string state_dir;
  std::string worker_program;
};

// Calls of one kind do not starve those of another.
struct CallPools {
  WorkerPool calls{4, 256};
  WorkerPool quizzes{8, 64};  // each waits for a worker, which does the work
  WorkerPool watches{2, 4096};
  WatchList watchers;
  RecentBatches batches;
  Gate* gate = nullptr;  // what every call passes first
  std::atomic<int64_t> started_calls{0};
  std::atomic<int64_t> ended_calls{0};
};

}  // namespace powerdown
