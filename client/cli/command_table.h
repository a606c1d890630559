// Every command of powerdown with its flags.
#pragma once

#include "client/cli/command_tree.h"

namespace powerdown {

const CommandTree& Commands();

}  // namespace powerdown
