// A disk that hangs, for LD_PRELOAD: while the file named by HANGING_DISK is there, what would make
// data durable does not return.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace {

void Hang() {
  const char* file = std::getenv("HANGING_DISK");
  while (file != nullptr && access(file, F_OK) == 0) poll(nullptr, 0, 10);
}

}  // namespace

extern "C" {

int fsync(int file) {
  Hang();
  return static_cast<int>(syscall(SYS_fsync, file));
}

int fdatasync(int file) {
  Hang();
  return static_cast<int>(syscall(SYS_fdatasync, file));
}

}  // extern "C"
