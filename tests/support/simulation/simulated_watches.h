// Clients that watch runs over a bad network, and the daemon's own streams that serve them. A cut
// loses what is under way, a half-open connection delivers nothing more, a slow one delivers late,
// and the client resumes where it was. Not thread-safe; the daemon's pool thread runs only within
// Deliver, and never beside the caller.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "powerdown/v1/run_service.pb.h"
#include "tests/support/simulation/random.h"
#include "tests/support/simulation/simulated_daemon.h"
#include "tests/support/simulation/trace.h"
#include "tests/support/simulation/witness.h"

namespace powerdown {

class SimulatedWatchServer;

// What a lying network does to messages, to show that a watch's guarantees are checked.
enum class WatchLie { kNone, kSwap, kRepeat, kDrop, kHalf, kEarlyBookmark, kLateResume, kAlter };

class SimulatedWatches {
 public:
  SimulatedWatches(uint64_t seed, Witness* witness, Trace* trace);
  ~SimulatedWatches();

  // A daemon serves from now on, or is gone: its streams are cut.
  void Connect(SimulatedDaemon* daemon, SimulationClock* clock);
  void Disconnect();
  // The daemon wants to end: streams say so, and end.
  void Drain();

  // Begins a watch of a run, from its beginning or from the newest revision on.
  void Begin(const std::string& run_id);
  // After a tick: streams read and write, the network delivers, clients resume.
  void Deliver(Instant now);

  int64_t delivered() const { return delivered_; }
  WatchLie lie = WatchLie::kNone;

 private:
  struct Watch;
  struct RunList;
  void Open(Watch& watch);
  // The connection is gone; the client tries again later.
  void Close(Watch& watch, Instant now);
  // The stream learns that its client is gone, and ends.
  template <typename Call>
  void End(std::unique_ptr<Call>& call);
  void Receive(Watch& watch, Instant now);
  void ReceiveList(Instant now);
  void CloseList(Instant now);
  void Take(Watch& watch, v1::WatchRunResponse message);
  void Lie(std::vector<RunUpdate>& updates, int64_t& bookmark);

  Random random_;
  Witness& witness_;
  Trace& trace_;
  std::unique_ptr<SimulatedWatchServer> server_;  // null while no daemon serves
  std::vector<std::unique_ptr<Watch>> watches_;
  std::unique_ptr<RunList> list_;
  int64_t delivered_ = 0;
  int64_t begun_ = 0;
};

}  // namespace powerdown
