// Lets connections in: accepts those of the TCP listener, takes over others, bounds how many there
// are by address and in all, opens their TLS and relays what the guard allows to gRPC. Strangers
// have few places and little time; who has made an admitted call keeps the connection.
//
// gRPC gets one end of a socket pair. The other end is bound to a name that says who is behind it,
// and gRPC shows that name as the call's peer: no descriptor's number means anything.
//
// Thread-safe once started; its thread alone touches connections.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/platform/descriptor.h"
#include "server/door/tls_session.h"

namespace powerdown {

class Door {
 public:
  struct Options {
    Descriptor listener;                    // of TCP; none: only what Adopt brings
    std::shared_ptr<const TlsContext> tls;  // of what the listener accepts
    int most_connections = 0;
    int most_waiting = 0;
    std::function<void(int number)> serve;  // gives a descriptor to gRPC
    // Called for each connection that is refused, from the door's thread.
    std::function<void(const std::string& peer, const std::string& why)> on_refused;
  };
  explicit Door(Options options);
  ~Door();  // stops

  // A connection on the unix socket, not over TLS. `origin` names who is behind it: "uid-1000".
  void Adopt(Descriptor connection, std::string origin);
  // A call of this connection was admitted; its caller may send requests up to this size.
  void SetKnown(std::string_view peer, int64_t most_bytes);
  bool IsKnown(std::string_view peer) const;
  // No connection is accepted any longer; those that there are go on until the door is destroyed.
  void StopAccepting();

  // Who is behind a call, of gRPC's name of its peer: "ipv4:10.0.0.7:41234" or as in Adopt.
  // Nullopt for a connection that did not come through a door.
  static std::optional<std::string> OriginOf(std::string_view peer);

 private:
  class Room;
  struct Orders {
    bool stops_accepting = false;
    bool ends = false;
    std::vector<std::pair<Descriptor, std::string>> adopted;
    std::map<uint64_t, int64_t> known;  // most bytes, by serial number
  };

  void Run();
  void Wake() const;
  Orders TakeOrders();

  Options options_;
  const Descriptor wake_event_;
  mutable absl::Mutex mutex_;
  Orders orders_ ABSL_GUARDED_BY(mutex_);
  std::map<uint64_t, int64_t> known_ ABSL_GUARDED_BY(mutex_);  // of those let in; 0: stranger
  std::thread thread_;
};

}  // namespace powerdown
