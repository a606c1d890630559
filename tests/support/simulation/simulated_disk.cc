#include "tests/support/simulation/simulated_disk.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace powerdown {
namespace {

constexpr int kSectorBytes = 512;  // what a disk writes whole
constexpr int kMostPath = 512;
constexpr int kWriteLock = 0;  // WAL_WRITE_LOCK of SQLite's walformat

}  // namespace

// The functions that SQLite calls.
struct SimulatedDisk::Methods {
  static Handle& Of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
  static Content& ContentOf(sqlite3_file* file) { return **Of(file).content; }
  static SimulatedDisk& DiskOf(sqlite3_vfs* vfs) {
    return *static_cast<SimulatedDisk*>(vfs->pAppData);
  }

  static int Close(sqlite3_file* file) {
    Handle& handle = Of(file);
    Unlock(file, SQLITE_LOCK_NONE);
    ReleaseMemory(handle);
    delete handle.content;
    return SQLITE_OK;
  }
  static int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    if (Of(file).disk->is_stopped_) return SQLITE_IOERR_READ;
    const std::string& bytes = ContentOf(file).cached;
    const auto start = std::min(static_cast<size_t>(offset), bytes.size());
    const size_t count = std::min(static_cast<size_t>(size), bytes.size() - start);
    std::memcpy(to, bytes.data() + start, count);
    if (count == static_cast<size_t>(size)) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + count, 0, static_cast<size_t>(size) - count);
    return SQLITE_IOERR_SHORT_READ;
  }
  static int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    return Of(file).disk->Change(
        ContentOf(file),
        {offset, std::string(static_cast<const char*>(from), static_cast<size_t>(size)), {}});
  }
  static int Truncate(sqlite3_file* file, sqlite3_int64 size) {
    return Of(file).disk->Change(ContentOf(file), {0, "", size});
  }
  static int Sync(sqlite3_file* file, int) { return Of(file).disk->Sync(ContentOf(file)); }
  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(ContentOf(file).cached.size());
    return SQLITE_OK;
  }

  // SQLite's rules for the database file: many readers, one that means to write, who at last is
  // alone. In WAL mode they matter when a database is opened and closed only.
  static int Lock(sqlite3_file* file, int level) {
    Handle& handle = Of(file);
    Content& content = ContentOf(file);
    if (handle.lock >= level) return SQLITE_OK;
    const bool is_holder = handle.lock >= SQLITE_LOCK_RESERVED;
    if (level == SQLITE_LOCK_SHARED) {
      if (content.strongest_lock >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
      ++content.shared_locks;
      handle.lock = level;
      return SQLITE_OK;
    }
    if (content.strongest_lock >= SQLITE_LOCK_RESERVED && !is_holder) return SQLITE_BUSY;
    const bool is_alone = content.shared_locks == 1;
    handle.lock = level == SQLITE_LOCK_EXCLUSIVE && !is_alone ? SQLITE_LOCK_PENDING : level;
    content.strongest_lock = handle.lock;
    return handle.lock == level ? SQLITE_OK : SQLITE_BUSY;
  }
  static int Unlock(sqlite3_file* file, int level) {
    Handle& handle = Of(file);
    Content& content = ContentOf(file);
    if (handle.lock <= level) return SQLITE_OK;
    if (handle.lock >= SQLITE_LOCK_RESERVED) content.strongest_lock = SQLITE_LOCK_NONE;
    if (level == SQLITE_LOCK_NONE) --content.shared_locks;
    handle.lock = level;
    return SQLITE_OK;
  }
  static int CheckReservedLock(sqlite3_file* file, int* is_reserved) {
    *is_reserved = ContentOf(file).strongest_lock >= SQLITE_LOCK_RESERVED ? 1 : 0;
    return SQLITE_OK;
  }
  static int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int SectorSize(sqlite3_file*) { return kSectorBytes; }
  // As SQLite takes of every disk: a write leaves the bytes beside it as they are.
  static int Characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  static int MapMemory(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
    auto& regions = ContentOf(file).memory.regions;
    *at = nullptr;
    while (static_cast<int>(regions.size()) <= region) {
      if (extend == 0) return SQLITE_OK;
      regions.push_back(std::make_unique<char[]>(static_cast<size_t>(size)));
    }
    *at = regions[static_cast<size_t>(region)].get();
    return SQLITE_OK;
  }
  static int LockMemory(sqlite3_file* file, int first, int count, int flags) {
    Handle& handle = Of(file);
    SharedMemory& memory = ContentOf(file).memory;
    const bool is_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    const auto mask = static_cast<uint8_t>(((1 << count) - 1) << first);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      ReleaseLocks(handle, mask);
      return SQLITE_OK;
    }
    if (is_exclusive && first == kWriteLock && handle.disk->faults.is_locked) return SQLITE_BUSY;
    for (int slot = first; slot < first + count; ++slot) {
      const bool is_own = (handle.shared_mask & (1 << slot)) != 0;
      if (memory.has_writer[slot]) return SQLITE_BUSY;
      if (is_exclusive && memory.readers[slot] > (is_own ? 1 : 0)) return SQLITE_BUSY;
    }
    for (int slot = first; slot < first + count; ++slot) {
      if (is_exclusive) {
        memory.has_writer[slot] = true;
      } else if ((handle.shared_mask & (1 << slot)) == 0) {
        ++memory.readers[slot];
      }
    }
    (is_exclusive ? handle.exclusive_mask : handle.shared_mask) |= mask;
    return SQLITE_OK;
  }
  static void MemoryBarrier(sqlite3_file*) {}
  static int UnmapMemory(sqlite3_file* file, int remove) {
    ReleaseMemory(Of(file));
    if (remove != 0) ContentOf(file).memory.regions.clear();
    return SQLITE_OK;
  }
  static void ReleaseLocks(Handle& handle, uint8_t mask) {
    SharedMemory& memory = (*handle.content)->memory;
    for (int slot = 0; slot < SQLITE_SHM_NLOCK; ++slot) {
      if ((mask & (1 << slot)) == 0) continue;
      if ((handle.exclusive_mask & (1 << slot)) != 0) memory.has_writer[slot] = false;
      if ((handle.shared_mask & (1 << slot)) != 0) --memory.readers[slot];
    }
    handle.exclusive_mask &= static_cast<uint8_t>(~mask);
    handle.shared_mask &= static_cast<uint8_t>(~mask);
  }
  static void ReleaseMemory(Handle& handle) { ReleaseLocks(handle, 0xff); }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* granted) {
    static const sqlite3_io_methods methods = {2,
                                               Close,
                                               Read,
                                               Write,
                                               Truncate,
                                               Sync,
                                               FileSize,
                                               Lock,
                                               Unlock,
                                               CheckReservedLock,
                                               FileControl,
                                               SectorSize,
                                               Characteristics,
                                               MapMemory,
                                               LockMemory,
                                               MemoryBarrier,
                                               UnmapMemory,
                                               nullptr,
                                               nullptr};
    SimulatedDisk& disk = DiskOf(vfs);
    std::memset(file, 0, sizeof(Handle));
    const bool is_there = name != nullptr && disk.files_.contains(name);
    if (!is_there && ((flags & SQLITE_OPEN_CREATE) == 0 || disk.is_stopped_)) {
      return SQLITE_CANTOPEN;
    }
    std::shared_ptr<Content> content;
    if (name == nullptr) {
      content = std::make_shared<Content>();  // a temporary file
    } else {
      std::shared_ptr<Content>& entry = disk.files_[name];
      if (entry == nullptr) entry = std::make_shared<Content>();
      content = entry;
    }
    Handle& handle = Of(file);
    handle.base.pMethods = &methods;
    handle.disk = &disk;
    handle.content = new std::shared_ptr<Content>(std::move(content));
    if (granted != nullptr) *granted = flags;
    return SQLITE_OK;
  }
  static int Delete(sqlite3_vfs* vfs, const char* name, int) {
    SimulatedDisk& disk = DiskOf(vfs);
    if (!disk.MayChange()) return SQLITE_IOERR_DELETE;
    return disk.files_.erase(name) == 0 ? SQLITE_IOERR_DELETE_NOENT : SQLITE_OK;
  }
  static int Access(sqlite3_vfs* vfs, const char* name, int, int* is_there) {
    *is_there = DiskOf(vfs).files_.contains(name) ? 1 : 0;
    return SQLITE_OK;
  }
  static int FullPathname(sqlite3_vfs*, const char* name, int size, char* full) {
    sqlite3_snprintf(size, full, "%s", name);
    return SQLITE_OK;
  }
  static int Randomness(sqlite3_vfs* vfs, int size, char* to) {
    for (int i = 0; i < size; ++i) to[i] = static_cast<char>(DiskOf(vfs).random_.Next());
    return size;
  }
  static int Sleep(sqlite3_vfs* vfs, int microseconds) {
    DiskOf(vfs).wait_(absl::Microseconds(microseconds));
    return microseconds;
  }
  // Nothing that is stored comes from SQLite's clock.
  static int CurrentTime(sqlite3_vfs*, double* days) {
    *days = 2460000.5;
    return SQLITE_OK;
  }
  static int LastError(sqlite3_vfs*, int, char*) { return 0; }
};

SimulatedDisk::SimulatedDisk(uint64_t seed, std::function<void(absl::Duration)> wait)
    : random_(seed), wait_(std::move(wait)) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(Handle);
  vfs_.mxPathname = kMostPath;
  vfs_.zName = "simulated";
  vfs_.pAppData = this;
  vfs_.xOpen = Methods::Open;
  vfs_.xDelete = Methods::Delete;
  vfs_.xAccess = Methods::Access;
  vfs_.xFullPathname = Methods::FullPathname;
  vfs_.xRandomness = Methods::Randomness;
  vfs_.xSleep = Methods::Sleep;
  vfs_.xCurrentTime = Methods::CurrentTime;
  vfs_.xGetLastError = Methods::LastError;
  sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
  sqlite3_randomness(0, nullptr);  // SQLite's own generator takes a new seed from ours
}

SimulatedDisk::~SimulatedDisk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_randomness(0, nullptr);
}

bool SimulatedDisk::MayChange() {
  if (operations_left_ == 0) is_stopped_ = true;
  if (operations_left_ > 0) --operations_left_;
  ++writes_;
  return !is_stopped_;
}

void SimulatedDisk::Apply(const Write& write, std::string& bytes) {
  if (write.size) {
    bytes.resize(static_cast<size_t>(*write.size));
    return;
  }
  const auto end = static_cast<size_t>(write.offset) + write.bytes.size();
  if (bytes.size() < end) bytes.resize(end);
  bytes.replace(static_cast<size_t>(write.offset), write.bytes.size(), write.bytes);
}

int SimulatedDisk::Change(Content& content, Write write) {
  if (!MayChange()) return write.size ? SQLITE_IOERR_TRUNCATE : SQLITE_IOERR_WRITE;
  if (faults.failed_writes > 0 && random_.Chance(faults.failed_writes)) return SQLITE_IOERR_WRITE;
  const auto end = write.offset + static_cast<int64_t>(write.bytes.size());
  if (faults.is_full && end > static_cast<int64_t>(content.cached.size())) return SQLITE_FULL;
  Apply(write, content.cached);
  content.unsynced.push_back(std::move(write));
  return SQLITE_OK;
}

int SimulatedDisk::Sync(Content& content) {
  if (!MayChange()) return SQLITE_IOERR_FSYNC;
  if (faults.sync_time > absl::ZeroDuration()) wait_(faults.sync_time);
  if (faults.is_lying) return SQLITE_OK;
  if (faults.failed_syncs > 0 && random_.Chance(faults.failed_syncs)) {
    return SQLITE_IOERR_FSYNC;  // what was written stays to be synced, and may get lost until then
  }
  for (const Write& write : content.unsynced) Apply(write, content.durable);
  content.unsynced.clear();
  return SQLITE_OK;
}

void SimulatedDisk::StartAgain(bool after_power_cut) {
  for (auto& [name, content] : files_) {
    content->memory = {};
    content->shared_locks = 0;
    content->strongest_lock = SQLITE_LOCK_NONE;
    if (!after_power_cut) continue;
    for (Write& write : content->unsynced) {
      const int64_t fate = random_.Between(0, 3);
      if (fate == 0) continue;  // it never reached the disk
      if (fate == 1 && !write.size) {
        const auto sectors = static_cast<int64_t>(write.bytes.size()) / kSectorBytes;
        write.bytes.resize(static_cast<size_t>(random_.Between(0, sectors) * kSectorBytes));
      }
      Apply(write, content->durable);
    }
    content->unsynced.clear();
    content->cached = content->durable;
  }
  is_stopped_ = false;
  operations_left_ = -1;
  faults = {};
}

void SimulatedDisk::Rot(const std::string& name) {
  Content& content = *files_.at(name);
  const size_t middle = content.cached.size() / 2;
  for (std::string* bytes : {&content.cached, &content.durable}) {
    if (bytes->size() >= middle + 64) bytes->replace(middle, 64, std::string(64, '\x5a'));
  }
}

}  // namespace powerdown
