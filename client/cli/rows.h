// Answers that are a list of plain rows, or one, in whichever format was asked for.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "common/run/run_json.h"

namespace powerdown {

// `keys` are the columns of the table.
absl::StatusOr<ExitCode> WriteRows(Session& session, const std::vector<Json>& rows,
                                   const std::vector<std::string>& keys);

// One thing: `text` for people.
absl::StatusOr<ExitCode> WriteOne(Session& session, const Json& row, const std::string& text);

}  // namespace powerdown
