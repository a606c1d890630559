#include "common/base/named.h"

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {

absl::Status UnknownName(std::string_view what, std::string_view name,
                         const std::vector<std::string_view>& known) {
  return absl::InvalidArgumentError(Concat(what, ": ", Quoted(name), NotKnown(name, known)));
}

}  // namespace powerdown
