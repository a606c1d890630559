// A file descriptor that is closed at the end of its scope, and pipes made of two. Not thread-safe.
#pragma once

#include "absl/status/statusor.h"

namespace powerdown {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }

  int number() const { return number_; }  // -1: none
  bool is_open() const { return number_ >= 0; }
  // 0, or the error number: what was written may be lost only then.
  int Close();
  // Gives the descriptor to the caller, who closes it.
  int Release();

 private:
  int number_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};
// Both ends are closed in programs that this process starts.
absl::StatusOr<Pipe> OpenPipe();

// A Read or a Write that cannot go on at once then says so instead of waiting.
void SetNonBlocking(const Descriptor& descriptor);
void SetNonBlocking(int number);  // of a descriptor that another owns

}  // namespace powerdown
