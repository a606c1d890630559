// A disk in memory behind SQLite's own interface (a VFS): full, slow, failing, lying about what is
// durable, cut off by a crash in the middle of a write. One thread at a time.
//
// A write is in the page cache at once, and on the disk once the file was synced. A power cut keeps
// what was synced, and of each later write all, nothing or a part; a killed process loses nothing.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/simulation/random.h"

namespace powerdown {

class SimulatedDisk {
 public:
  // Becomes SQLite's default VFS as long as it lives. `wait` is told how long a call takes.
  SimulatedDisk(uint64_t seed, std::function<void(absl::Duration)> wait);
  ~SimulatedDisk();
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  struct Faults {
    bool is_full = false;    // no file can grow
    bool is_locked = false;  // another process holds the lock for writing
    absl::Duration sync_time;
    double failed_syncs = 0;   // share of syncs that fail
    double failed_writes = 0;  // share of writes that fail with an I/O error
    bool is_lying = false;     // says that it synced, and did not. No database survives that
  };
  Faults faults;

  // After so many further writes and syncs nothing reaches the files any more, and calls fail: the
  // process that holds them is about to be dropped.
  void StopAfter(int64_t operations) { operations_left_ = operations; }
  void StopNow() { is_stopped_ = true; }
  bool is_stopped() const { return is_stopped_; }
  // Once every file is closed: brings the files into the state after the crash.
  void StartAgain(bool after_power_cut);

  // Changes a few bytes in the middle of a file, as a failing disk does.
  void Rot(const std::string& name);

  int64_t writes() const { return writes_; }

 private:
  struct Write {
    int64_t offset = 0;
    std::string bytes;
    std::optional<int64_t> size;  // a truncation to this size
  };
  // What the connections of a file share beside its content: SQLite's index of the write-ahead log.
  struct SharedMemory {
    std::vector<std::unique_ptr<char[]>> regions;
    int readers[SQLITE_SHM_NLOCK] = {};
    bool has_writer[SQLITE_SHM_NLOCK] = {};
  };
  struct Content {
    std::string cached;   // what processes read
    std::string durable;  // what a power cut leaves, at least
    std::vector<Write> unsynced;
    int shared_locks = 0;
    int strongest_lock = SQLITE_LOCK_NONE;  // reserved or more: held by one
    SharedMemory memory;
  };
  struct Handle {
    sqlite3_file base;
    SimulatedDisk* disk;
    std::shared_ptr<Content>* content;
    int lock;
    uint8_t shared_mask;
    uint8_t exclusive_mask;
  };
  struct Methods;

  // Whether an operation that changes a file may go on. False: it fails.
  bool MayChange();
  static void Apply(const Write& write, std::string& bytes);
  int Change(Content& content, Write write);
  int Sync(Content& content);

  Random random_;
  const std::function<void(absl::Duration)> wait_;
  std::map<std::string, std::shared_ptr<Content>> files_;
  int64_t operations_left_ = -1;  // below 0: no end
  bool is_stopped_ = false;
  int64_t writes_ = 0;
  sqlite3_vfs vfs_ = {};
};

}  // namespace powerdown
