// The session with one daemon: threads that read its streams and carry out intents, and one queue
// of updates for the thread that draws.
//
// Thread-safe. Updates are taken with TakeUpdates; `wake` is called, from any thread, when there
// are new ones. Closing ends all threads within the call timeout.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/connection/connection.h"
#include "client/model/app_model.h"
#include "client/model/intent.h"

namespace powerdown {

class ServerSession {
 public:
  ServerSession(ServerProfile server, std::function<void()> wake);
  ~ServerSession();

  // `arrived` becomes no later than when the oldest of them came.
  std::vector<AppUpdate> TakeUpdates(absl::Time* arrived = nullptr);
  // Intents about runs, comparisons and quizzes; others are not the session's.
  void Carry(const Intent& intent);

 private:
  struct Watch {
    std::unique_ptr<Connection> connection;
    std::thread thread;
    int64_t next_revision = 0;
    bool has_ended = false;  // its thread is about to end, or has
  };

  // Threads.
  void FollowServer();
  void FollowPower();
  void FollowCurves(Connection& connection, const std::string& run_id);
  void Work();

  absl::Status FollowRunsOnce(Connection& connection);
  bool OnRuns(Connection& connection, const Connection::RunsUpdate& update, bool is_first);
  void ReadServer(Connection& connection);
  void ReadLedger(Connection& connection);
  void RefreshComparisons(Connection& connection, const std::vector<Run>& runs);
  void RestartWatches(const std::vector<Run>& runs);
  void StartWatch(const std::string& run_id);
  void DropEndedWatch() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Do(const StartComparison& wanted);
  absl::Status Do(const ActOnRun& wanted);
  absl::Status Do(const EditRun& wanted);
  absl::Status Do(const AskModel& wanted);
  absl::Status Do(const FetchGrid& wanted);
  absl::Status Do(const FollowComparison& wanted);
  absl::Status Show(const Comparison& comparison);

  // To the address that FollowServer found; Unavailable before.
  absl::StatusOr<std::unique_ptr<Connection>> Open(absl::Duration timeout);
  bool AddStream(Connection* connection);  // false: closed
  void RemoveStream(Connection* connection);
  void Push(AppUpdate update);
  void Tell(const absl::Status& status);
  void Lost(const absl::Status& status, absl::Duration pause);
  bool SleepUnlessClosed(absl::Duration duration);

  const ServerProfile server_;
  const std::function<void()> wake_;

  absl::Mutex mutex_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::string address_ ABSL_GUARDED_BY(mutex_);  // empty: not known yet
  Link link_ ABSL_GUARDED_BY(mutex_);
  std::vector<AppUpdate> updates_ ABSL_GUARDED_BY(mutex_);
  absl::Time oldest_update_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::vector<Intent> intents_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Watch> watches_ ABSL_GUARDED_BY(mutex_);  // by run id
  std::vector<Connection*> streams_ ABSL_GUARDED_BY(mutex_);
  int64_t next_revision_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_;
};

}  // namespace powerdown
