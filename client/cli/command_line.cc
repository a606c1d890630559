#include "client/cli/command_line.h"

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/cli/spec_flags.h"
#include "common/status.h"
#include "common/text.h"
#include "common/training_schedule.h"
#include "common/wording.h"

namespace powerdown {
