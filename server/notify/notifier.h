// Sends notices to a webhook or a command: a run grokked, was stopped, failed, is close to its
// budget, or had a gap in its energy; a sensor was lost or is back; the queue has been empty for a
// while, so that a rented box can be given back. Not thread-safe; NoticeThread is.
//
// Each notice is sent at least once, in order, with an id that stays the same when it is sent
// again. The store keeps the revision of the last event that was sent, so a crash loses nothing. A
// notice that cannot be delivered delays the later ones and is tried again after 1 s, 2 s, … 5 min;
// after a day it is dropped.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/store/store.h"

namespace powerdown {

struct Notice {
  std::string id;     // "event-6576": of an event by its revision; "idle-…" by time
  std::string event;  // grokked stopped failed budget gap sensor-lost sensor-back idle
  std::string run_id;
  std::string run_name;
  std::string owner;
  std::string message;
  std::optional<int64_t> step;
  absl::Time time;
};
std::string NoticeText(const Notice& notice);  // one JSON object

using SendNotice = std::function<absl::Status(const Notice&)>;
struct NoticeSender {
  SendNotice send;             // with a limit of its own
  std::function<void()> stop;  // what is being sent fails soon, later ones at once; from any thread
};
using TellProblem = std::function<void(const std::string&)>;  // one line for the log

class Notifier {
 public:
  // `idle_after`: how long no run must have been running or queued; infinite: no such notice.
  Notifier(Store* store, absl::Duration idle_after, SendNotice send, TellProblem tell);

  // Sends what is due. `is_idle`: nothing runs or waits at `now`.
  void Deliver(absl::Time now, bool is_idle);
  size_t waiting() const { return waiting_.size(); }  // in memory

 private:
  absl::Status ReadEvents();
  void NoteIdle(absl::Time now, bool is_idle);
  bool SendFirst(absl::Time now);  // false: it waits

  Store* const store_;
  const absl::Duration idle_after_;
  const SendNotice send_;
  const TellProblem tell_;
  std::optional<int64_t> next_revision_;  // nullopt: not read from the store yet
  struct Waiting {
    Notice notice;
    int64_t revision = 0;  // of its event; 0: of none
  };
  std::deque<Waiting> waiting_;
  std::optional<absl::Time> idle_since_;
  bool has_told_idle_ = false;
  absl::Time next_try_ = absl::InfinitePast();
  absl::Duration pause_;
  std::optional<absl::Time> first_failure_;
};

}  // namespace powerdown
