// The words moved to client/model/phrases.h, which the desktop client shares.
#pragma once

#include "client/model/phrases.h"
