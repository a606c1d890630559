// Delivers a notice as an HTTP POST of its JSON. Blocks for at most the limit, whatever the
// receiver and the resolver of names do.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/notify/notifier.h"

namespace powerdown {

inline constexpr absl::Duration kLongestPost = absl::Seconds(30);

// http://HOST[:PORT]/PATH or https://…; InvalidArgument otherwise. Any 2xx answer means
// delivered; else Unavailable with the reason, without the address, which may hold a secret. The
// header Powerdown-Notice-Id lets the receiver drop what it has seen.
absl::StatusOr<NoticeSender> WebhookSender(const std::string& url,
                                           absl::Duration limit = kLongestPost);

}  // namespace powerdown
