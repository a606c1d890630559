// Which run or comparison a person means by an id, a part of one, a short id, a name or "last". For
// one thread at a time; throws SQLite::Exception.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/store/access_rows.h"
#include "server/store/database_connection.h"

namespace powerdown {

// The whole id of the `noun`, "run" or "comparison", that `text` means among those that
// `visible_to` may see (empty: all). In this order: a short id ("128", "#128", "r12"), "last" (the
// newest that was not imported, and that `visible_to` owns), the one id that starts with `text`, a
// run's name. A comparison is found by its runs too, and a run by its comparison, whose usual run
// it is. NotFound, or InvalidArgument naming two candidates.
absl::StatusOr<std::string> SelectId(DatabaseConnection& database, const std::string& noun,
                                     const std::string& text, const std::string& visible_to);
// Whether the run is there and `visible_to` may see it, as in RunFilter.
bool IsVisibleRun(DatabaseConnection& database, const std::string& run_id,
                  const std::string& visible_to);

// Owner and privacy of the one whose id SelectId finds, as `select` gives them for that id.
absl::StatusOr<Ownership> SelectOwnership(DatabaseConnection& database, const std::string& noun,
                                          const std::string& text, const std::string& visible_to,
                                          const char* select);

}  // namespace powerdown
