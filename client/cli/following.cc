#include "client/cli/following.h"

#include <poll.h>
#include <unistd.h>

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "client/cli/terminal/interrupts.h"
#include "client/model/phrases.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/descriptor.h"

namespace powerdown {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);

// The watches of all runs, each in its own thread, as WatchRun blocks.
class Watches {
 public:
  Watches(Connection& connection, const FollowTasks& tasks)
      : connection_(connection), tasks_(tasks) {
    SetNonBlocking(done_.read);
    SetNonBlocking(done_.write);
  }
  ~Watches() {
    for (std::thread& thread : threads_) thread.join();
  }

  void Start(size_t index, const std::string& run_id, int64_t start_revision) {
    {
      absl::MutexLock lock(&mutex_);
      ++running_;
    }
    threads_.emplace_back([this, index, run_id, start_revision] {
      const absl::Status status = connection_.WatchRun(
          run_id, start_revision, [&](const RunUpdate& update) { return OnUpdate(index, update); },
          [&](const std::string& state) { OnState(state); });
      OnEnd(status);
    });
  }
  void Tick() {
    absl::MutexLock lock(&mutex_);
    if (tasks_.on_tick) tasks_.on_tick(absl::Now());
  }
  bool HasEnded() const {
    absl::MutexLock lock(&mutex_);
    return running_ == 0;
  }
  // The first failure of all.
  absl::Status status() const {
    absl::MutexLock lock(&mutex_);
    return status_;
  }
  int done_fd() const { return done_.read.number(); }

 private:
  bool OnUpdate(size_t index, const RunUpdate& update) {
    absl::MutexLock lock(&mutex_);
    if (!status_.ok()) return false;
    status_ = tasks_.on_update(index, update);
    return status_.ok();
  }
  void OnState(const std::string& state) {
    absl::MutexLock lock(&mutex_);
    if (tasks_.on_state) tasks_.on_state(state);
  }
  void OnEnd(const absl::Status& status) {
    {
      absl::MutexLock lock(&mutex_);
      --running_;
      status_.Update(status);
    }
    [[maybe_unused]] const ssize_t told = write(done_.write.number(), "!", 1);
  }

  Connection& connection_;
  const FollowTasks& tasks_;
  const Pipe done_ = OpenPipe().value();
  mutable absl::Mutex mutex_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

void WaitForATick(int interrupts, int done) {
  pollfd events[] = {{interrupts, POLLIN, 0}, {done, POLLIN, 0}};
  poll(events, 2, static_cast<int>(absl::ToInt64Milliseconds(kTick)));
  char ignored[16];
  while (read(done, ignored, sizeof ignored) > 0) {
  }
}

}  // namespace

FollowTasks ShowOn(LiveDisplay* display) {
  FollowTasks tasks;
  tasks.on_update = [display](size_t run, const RunUpdate& update) {
    if (display != nullptr) display->Apply(run, update);
    return absl::OkStatus();
  };
  tasks.on_state = [display](const std::string& state) {
    if (display != nullptr) display->SetConnection(state);
  };
  tasks.on_tick = [display](absl::Time now) {
    if (display != nullptr) display->Tick(now);
  };
  return tasks;
}

absl::StatusOr<FollowEnd> Follow(Connection& connection, const std::vector<std::string>& run_ids,
                                 int64_t start_revision, std::optional<absl::Duration> limit,
                                 const FollowTasks& tasks) {
  const Interrupts interrupts;
  Watches watches(connection, tasks);
  const absl::Time deadline = limit ? absl::Now() + *limit : absl::InfiniteFuture();
  for (size_t i = 0; i < run_ids.size(); ++i) watches.Start(i, run_ids[i], start_revision);
  while (!watches.HasEnded() && watches.status().ok()) {
    WaitForATick(interrupts.fd(), watches.done_fd());
    // Before anything takes the lock, which a blocked stdout may hold.
    if (interrupts.HasFired()) {
      connection.CancelWatches();
      return FollowEnd::kDetached;
    }
    if (absl::Now() >= deadline) {
      connection.CancelWatches();
      return absl::DeadlineExceededError(
          Concat("no end within ", DurationText(*limit), "; the training goes on"));
    }
    watches.Tick();
  }
  if (!watches.status().ok()) connection.CancelWatches();
  RETURN_IF_ERROR(watches.status());
  return FollowEnd::kComplete;
}

}  // namespace powerdown
