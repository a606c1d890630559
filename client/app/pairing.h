// Pairs this computer with a server, as `powerdown server add` does. Thread-safe; takes seconds.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/model/app_model.h"

namespace powerdown {

// Uses the pairing and saves the profile, named after the server's host. PermissionDenied if the
// server's certificate is not the one in the pairing.
absl::StatusOr<ServerProfile> PairAndSave(const std::string& pairing);

}  // namespace powerdown
