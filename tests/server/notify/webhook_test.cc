#include "server/notify/webhook.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <thread>

#include "absl/synchronization/notification.h"
#include "common/base/json.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class WebhookTest : public ::testing::Test {
 protected:
  WebhookTest() {
    server_.Post("/hook", [this](const httplib::Request& request, httplib::Response& response) {
      body_ = request.body;
      id_ = request.get_header_value("Powerdown-Notice-Id");
      response.status = status_;
    });
    server_.Post("/hangs", [this](const httplib::Request&, httplib::Response&) {
      released_.WaitForNotification();
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~WebhookTest() override {
    released_.Notify();
    server_.stop();
    thread_.join();
  }
  absl::Status Send(const std::string& path) {
    const auto send = WebhookSender("http://127.0.0.1:" + std::to_string(port_) + path);
    return send->send({.id = "event-7", .event = "grokked", .message = "grokked at step 580"});
  }

  httplib::Server server_;
  std::thread thread_;
  absl::Notification released_;
  int port_ = 0;
  int status_ = 204;
  std::string body_, id_;
};

TEST_F(WebhookTest, PostsTheNoticeWithItsId) {
  ASSERT_TRUE(Send("/hook").ok());
  EXPECT_EQ(id_, "event-7");
  EXPECT_EQ(nlohmann::json::parse(body_).at("message"), "grokked at step 580");
}

TEST_F(WebhookTest, AnythingButSuccessIsNotTaken) {
  status_ = 500;
  EXPECT_THAT(std::string(Send("/hook").message()), HasSubstr("HTTP status 500"));
}

TEST_F(WebhookTest, NamesNoSecretOfItsAddress) {
  const absl::Status status = Send("/elsewhere/canary-secret");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("canary")));
}

// Issue 17: only each step had a limit; a receiver that answers by the byte had none.
TEST_F(WebhookTest, GivesUpOnAReceiverThatHangsAndCanBeStopped) {
  const std::string url = "http://127.0.0.1:" + std::to_string(port_) + "/hangs";
  EXPECT_EQ(WebhookSender(url, absl::Milliseconds(1))->send({.id = "a"}).message(),
            "the webhook has not answered for 1ms");
  const auto sender = WebhookSender(url);
  std::thread stopper([&] { sender->stop(); });
  EXPECT_TRUE(absl::IsCancelled(sender->send({.id = "a"})));
  stopper.join();
}

TEST(WebhookSenderTest, RefusesWhatIsNoAddress) {
  for (const char* url : {"", "ftp://a/b", "http://", "https:///x", "example.com"}) {
    EXPECT_FALSE(WebhookSender(url).ok()) << url;
  }
}

}  // namespace
}  // namespace powerdown
