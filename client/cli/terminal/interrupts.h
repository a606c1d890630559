// Makes Ctrl-C an event to wait for instead of the end of the program. One at a time in a process.
#pragma once

namespace powerdown {

// While it lives, the first SIGINT, SIGTERM or SIGHUP makes fd() readable; a second one ends the
// program at once, and leaves the terminal's cursor visible. A signal that was ignored before, as
// under nohup, stays ignored.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  int fd() const;
  bool HasFired() const;
};

}  // namespace powerdown
