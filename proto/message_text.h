// The texts of any message, found by reflection. Pure.
#pragma once

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace powerdown {

// InvalidArgument for the first text of a request, or list of texts, that is over its limit in
// common/base/text_limits.h. Clients ask before they send, the daemon before it acts.
absl::Status CheckTexts(const google::protobuf::Message& request);

// Makes every text of a message UTF-8: a receiver drops the whole message for one byte that is not.
void MakeUtf8(google::protobuf::Message& message);

}  // namespace powerdown
