#include "common/platform/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/platform/system_error.h"

namespace powerdown {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this == &other) return *this;
  Close();
  number_ = other.Release();
  return *this;
}

int Descriptor::Close() {
  if (number_ < 0) return 0;
  return close(std::exchange(number_, -1)) == 0 ? 0 : errno;
}

int Descriptor::Release() {
  return std::exchange(number_, -1);
}

absl::StatusOr<Pipe> OpenPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot open a pipe", errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

void SetNonBlocking(int number) {
  fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK);
}

void SetNonBlocking(const Descriptor& descriptor) {
  SetNonBlocking(descriptor.number());
}

}  // namespace powerdown
