// A function marked POWERDOWN_CLONES is compiled for several instruction sets, and the machine's
// best is taken at load. Loops that it calls must be POWERDOWN_INLINE to be compiled along with it.
#pragma once

// Sanitizers instrument the resolver that chooses a clone, and it runs before they are ready.
#if defined(__x86_64__) && defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define POWERDOWN_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define POWERDOWN_CLONES
#endif
#define POWERDOWN_INLINE inline __attribute__((always_inline))
