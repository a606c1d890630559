// Every command of powerdown: the list of the files under commands/.
#pragma once

#include "client/cli/command_tree.h"

namespace powerdown {

const CommandTree& Commands();

}  // namespace powerdown
