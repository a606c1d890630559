// What the services speak to, and where their calls run. Plain values and borrowed pointers.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/forecast/predictor.h"
#include "server/access/access.h"
#include "server/clock.h"
#include "server/meter/sampler.h"
#include "server/rpc/gate.h"
#include "server/rpc/once.h"
#include "server/rpc/open_calls.h"
#include "server/rpc/recent_batches.h"
#include "server/rpc/watch_list.h"
#include "server/rpc/worker_pool.h"
#include "server/run/calibrations.h"
#include "server/run/comparison.h"
#include "server/run/feed.h"
#include "server/run/quiz.h"
#include "server/run/receipts.h"
#include "server/run/run_queue.h"
#include "server/store/integrity_check.h"
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
  const Receipts* receipts = nullptr;
  Access* access = nullptr;
  IntegrityCheck* integrity = nullptr;         // null: a diagnosis checks the database itself
  std::shared_ptr<const Predictor> predictor;  // null: no weights
  std::string state_dir;
  std::string worker_program;
  // What is wrong with the daemon's own files now, one line each; empty: nothing looks.
  std::function<std::vector<std::string>()> state_problems;
};

// Calls of one kind do not starve those of another.
struct CallPools {
  // These outlive the threads that use them.
  RecentBatches batches;
  OpenCalls open_calls;
  WorkerPool calls{4, 256};
  WorkerPool transfers{2, 16};  // whole runs in and out, which take seconds
  WorkerPool quizzes{8, 64};    // each waits for a worker, which does the work
  WorkerPool watches{2, 4096};
  WorkerPool series{2, 64};      // each may read millions of reports
  WorkerPool strangers{2, 128};  // first calls of connections: who is it, and pairings
  WatchList watchers;
  RequestTurns turns;
  Gate* gate = nullptr;  // what every call passes first
  std::atomic<int64_t> started_calls{0};
  std::atomic<int64_t> ended_calls{0};
};

}  // namespace powerdown
