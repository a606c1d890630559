#include "client/view/servers_view.h"

#include <gmock/gmock.h>

#include <cstring>

#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

class ServersViewTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    state_.view = ViewName::kServers;
  }
  void Enter(const char* text) { std::strcpy(state_.servers.address, text); }
};

TEST_F(ServersViewTest, PairingStringIsOfferedToPairNotToConnect) {
  EXPECT_THAT(Text(), HasSubstr("[ Connect ]"));
  Enter("powerdown://box:7000/ab/cd");
  EXPECT_THAT(Text(), HasSubstr("[ Pair ]"));
}

TEST_F(ServersViewTest, SaysWhyItIsNotConnected) {
  Link link{.state = LinkState::kReconnecting, .server = {"box", "unix:/tmp/box"}};
  link.problem = "connection refused: is powerdownd running?";
  link.retry_at = now_ + absl::Seconds(2);
  model_.Apply(LinkChanged{link});
  EXPECT_THAT(Text(), HasSubstr(link.problem));
}

TEST_F(ServersViewTest, KnownServersAreOffered) {
  const std::vector<ServerProfile> known = {{"gpu-box", "10.0.0.7:7000"}};
  state_.servers.known = &known;
  EXPECT_THAT(Text(), HasSubstr("gpu-box"));
}

}  // namespace
}  // namespace powerdown
