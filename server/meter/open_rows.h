// Ledger rows that still grow, and the energy of each consumer so far. Not thread-safe.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/energy.h"
#include "server/meter/device_use.h"

namespace powerdown {

struct RowOptions {
  // A booked row grows until it is this share of its consumer's age (at least the first, at most
  // the second), so that rows stay few in long runs and fine in short ones.
  double share = 0.01;
  absl::Duration shortest = absl::Milliseconds(100);
  absl::Duration longest = absl::Seconds(10);
};

// Joins intervals of one device and consumer that touch and say the same of themselves.
class OpenRows {
 public:
  explicit OpenRows(RowOptions options) : options_(options) {}
  // The row that the interval went into; it comes again with the same start when it grows.
  LedgerInterval Add(const LedgerInterval& interval, const Consumers& consumers);
  void Close(const std::string& consumer);

 private:
  bool IsFull(const LedgerInterval& row, const Consumers& consumers) const;

  const RowOptions options_;
  std::map<std::pair<std::string, std::string>, LedgerInterval> rows_;  // by device, consumer
};

// Energy and mean power of a consumer up to a time.
struct Standing {
  Joules energy;
  Watts power;
  Joules low;  // of the energy
  Joules high;
};

// What each consumer had drawn at the end of each tick, for a minute of ticks. An estimate counts
// only as long as no meter measured the consumer, or where one measured its device at other times,
// as in SumIntervals.
class Standings {
 public:
  void Begin(const std::string& consumer, absl::Duration at);
  void End(const std::string& consumer) { marks_.erase(consumer); }
  void Add(const std::vector<LedgerInterval>& intervals);  // of the tick that Mark ends
  // What was drawn of a device since its meter's last reading, as it is guessed until that is
  // booked; replaces the last guess.
  void Guess(const std::vector<LedgerInterval>& intervals);
  void Mark(absl::Duration at);
  // Linear within a tick. Nullopt while nothing was booked to the consumer.
  std::optional<Standing> At(const std::string& consumer, absl::Duration at) const;

 private:
  struct Amount {
    Joules joules;
    Joules low;
    Joules high;
    void Add(const Amount& more);
  };
  static Amount AmountOf(const LedgerInterval& interval) {
    return {interval.joules, interval.low, interval.high};
  }
  struct Moment {
    absl::Duration at;
    std::vector<Amount> energy;  // of the account's first devices
  };
  struct Device {
    std::string name;
    Amount booked;
    Amount guessed;
    bool is_measured = false;
  };
  struct Account {
    std::deque<Moment> moments;
    std::vector<Device> devices;
    Device& Find(const std::string& device);
    Amount EnergyOf(const Moment& moment) const;
  };
  std::map<std::string, Account> marks_;
};

}  // namespace powerdown
