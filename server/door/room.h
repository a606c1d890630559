// The connections behind a door and the rules for them; see door.h. Of the door's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/door/byte_account.h"
#include "server/door/door.h"
#include "server/door/relay.h"

namespace powerdown {

class Door::Room {
 public:
  using Clock = std::chrono::steady_clock;

  // `on_change` is told the serial number of each connection that is let in, and of each that ends.
  using OnChange = std::function<void(uint64_t serial, bool is_in)>;
  Room(const Options& options, OnChange on_change);
  ~Room();

  // Accepts what the listener has, a few at a time.
  void Accept(int listener);
  void Add(Descriptor connection, std::string origin, bool has_tls);
  // Who was not let in goes; nobody is added.
  void StopLettingIn();
  void SetKnown(uint64_t serial, int64_t most_bytes);
  // Await waits for this descriptor too.
  void Listen(int number) const;
  // Waits for what happens next; returns which of those listened to are ready.
  std::vector<int> Await();
  // Lets in who may come in, and ends what took too long.
  void Keep();

 private:
  enum class Phase {
    kSilent,    // its first message is not whole
    kWaiting,   // for a place among the strangers
    kStranger,  // served, no call admitted
    kKnown,
  };
  struct Guest {
    Descriptor outside;
    std::string origin;
    std::string address;
    bool has_tls = false;
    Phase phase = Phase::kSilent;
    Clock::time_point since;  // accepted; of strangers: let in
    std::unique_ptr<Relay> relay;
    uint32_t outside_events = 0, inside_events = 0;  // registered
  };
  using Guests = std::map<uint64_t, Guest>;
  struct Count {
    int strangers = 0, served = 0, waiting = 0;
  };

  void Watch(int number, uint64_t tag, uint32_t events, uint32_t& registered) const;
  void OnReady(Guests::iterator guest, bool is_inside, uint32_t events);
  void LookAt(Guests::iterator guest);
  bool LetIn(Guests::iterator guest);
  bool LetOneIn();
  void MakeRoomToWait();
  void MakeRoomFor(const Guest& waiting);
  void Refuse(Guests::iterator guest, const std::string& why);
  void Close(Guests::iterator guest);
  void CountAll();
  const char* Overdue(const Guest& guest, Clock::time_point now) const;
  bool TakeHandshake(Clock::time_point now);

  const Options& options_;
  const OnChange on_change_;
  const Descriptor poll_;
  bool is_closed_ = false;
  const std::string name_;  // of this door among all of this machine
  Descriptor spare_;        // given up to accept and refuse when there are no others
  RequestAccounts accounts_;
  Guests guests_;  // by serial number: oldest first
  uint64_t next_serial_ = 1;
  std::map<std::string, Count> counts_;  // by address; as of CountAll
  Count all_;
  double handshakes_;
  Clock::time_point handshakes_at_ = Clock::now();
  Clock::time_point kept_at_ = Clock::now();
};

}  // namespace powerdown
