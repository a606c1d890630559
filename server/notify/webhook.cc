#include "server/notify/webhook.h"

#include <httplib.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/platform/call_thread.h"

namespace powerdown {
namespace {

constexpr int kTimeoutSeconds = 15;  // of each step: connecting, each piece read or written

absl::Status Post(const std::string& origin, const std::string& path, const Notice& notice) {
  httplib::Client client(origin);
  client.set_connection_timeout(kTimeoutSeconds);
  client.set_read_timeout(kTimeoutSeconds);
  client.set_write_timeout(kTimeoutSeconds);
  const httplib::Headers headers = {{"Powerdown-Notice-Id", notice.id}};
  const httplib::Result answer = client.Post(path, headers, NoticeText(notice), "application/json");
  if (!answer) {
    return absl::UnavailableError(
        absl::StrCat("webhook: no answer: ", httplib::to_string(answer.error())));
  }
  if (answer->status >= 200 && answer->status < 300) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("webhook: HTTP status ", answer->status));
}

}  // namespace

absl::StatusOr<NoticeSender> WebhookSender(const std::string& url, absl::Duration limit) {
  const size_t host = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const bool is_known = url.starts_with("http://") || url.starts_with("https://");
  if (!is_known || host >= url.size() || url[host] == '/') {
    return absl::InvalidArgumentError("notify-url: allowed: http://HOST/PATH or https://HOST/PATH");
  }
  const size_t path = url.find('/', host);
  const std::string origin = url.substr(0, path);
  const std::string rest = path == std::string::npos ? "/" : url.substr(path);
  const auto side = std::make_shared<CallThread>("the webhook");
  const SendNotice send = [=](const Notice& notice) {
    const auto post = [=]() -> absl::StatusOr<bool> {
      RETURN_IF_ERROR(Post(origin, rest, notice));
      return true;
    };
    return side->Ask<bool>(post, limit).status();
  };
  return NoticeSender{send, [side] { side->Cancel(); }};
}

}  // namespace powerdown
