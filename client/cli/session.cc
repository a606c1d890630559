#include "client/cli/session.h"

#include "client/connection/local_daemon.h"
#include "client/connection/server_address.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

constexpr absl::Duration kDefaultTimeout = absl::Seconds(30);

}  // namespace

absl::Duration Session::answer_timeout() const {
  return options_.timeout.value_or(kDefaultTimeout);
}

absl::StatusOr<Connection*> Session::Connect() {
  if (connection_ == nullptr) {
    ASSIGN_OR_RETURN(const std::string address, Address());
    ASSIGN_OR_RETURN(connection_, Connection::Open(address, answer_timeout()));
    connection_->GiveUpAfter(GiveUp());
  }
  return connection_.get();
}

absl::Duration Session::GiveUp() const {
  return options_.give_up.value_or(console_.can_draw() ? absl::InfiniteDuration() : kGiveUpAfter);
}

absl::StatusOr<std::string> Session::Address() const {
  if (!options_.server.empty()) return ParseServerAddress(options_.server);
  return FindOrStartDaemon(answer_timeout());
}

}  // namespace powerdown
