// The page Servers: the daemon that this window is connected to, and the other known ones.
#pragma once

#include <vector>

#include "client/model/intent.h"
#include "client/view/screen.h"

namespace powerdown {

struct ServersState {
  const std::vector<ServerProfile>* known = nullptr;  // the application's; may be null
  char address[512] = "";
};

void DrawServersView(const Screen& screen, ServersState& state, Intents& intents);

}  // namespace powerdown
