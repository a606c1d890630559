// Delivers a notice as an HTTP POST of its JSON. Blocks for at most half a minute.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/notify/notifier.h"

namespace powerdown {

// http://HOST[:PORT]/PATH or https://…; InvalidArgument otherwise. Any 2xx answer means
// delivered; else Unavailable with the reason, without the address, which may hold a secret. The
// header Powerdown-Notice-Id lets the receiver drop what it has seen.
absl::StatusOr<SendNotice> WebhookSender(const std::string& url);

}  // namespace powerdown
