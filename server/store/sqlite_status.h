// SQLiteCpp's exceptions as statuses: they stop here. Free functions, for any thread.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <string>
#include <type_traits>

#include "absl/status/status.h"

namespace powerdown {

// ResourceExhausted when the disk is full, Unavailable when another process has the file locked,
// DataLoss when it is damaged, PermissionDenied when it cannot be opened or written, AlreadyExists
// and NotFound for keys. `system_error` is the errno behind an I/O error, or 0.
absl::Status StatusOf(const SQLite::Exception& exception, int system_error,
                      const std::string& path);

// The errno of the connection's last I/O error; 0 without a connection.
int SystemError(const SQLite::Database* database);

// Runs `body`, which returns a Status or StatusOr. `database` may be null.
template <typename Body>
std::invoke_result_t<Body> StopExceptions(const std::string& path, const SQLite::Database* database,
                                          Body body) {
  try {
    return body();
  } catch (const SQLite::Exception& exception) {
    return StatusOf(exception, SystemError(database), path);
  }
}

}  // namespace powerdown
