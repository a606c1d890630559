// How long the lines between daemon and worker may be; see common/run/worker_lines.h.
#pragma once

#include <cstddef>

namespace powerdown {

// Bytes of a line, without its newline. Of a longer one only the beginning is read, which cannot be
// parsed. A command holds a task's table (at most 1 MiB, before JSON escapes it) and a predictor's
// weights (150 KB for 400 runs).
inline constexpr size_t kLongestWorkerLine = 1 << 20;
inline constexpr size_t kLongestWorkerCommand = 16 << 20;

}  // namespace powerdown
