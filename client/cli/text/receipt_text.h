// A receipt in words, and whether a second training of its spec came to the same bits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/text/style.h"
#include "common/base/json_fwd.h"
#include "common/run/receipt.h"
#include "common/run/run.h"

namespace powerdown {

// A checkpoint that the receipt names, and the one of the same label in the second training.
struct BitsCheck {
  CheckpointLabel label = CheckpointLabel::kNone;
  int64_t step = 0;
  std::string sha256;
  std::optional<int64_t> again_step;  // nullopt: the second training has none
  std::string again_sha256;

  bool is_equal() const { return again_step == step && again_sha256 == sha256; }
};
// Of a run that a person ended, only what came before: a second training goes on. Empty if the run
// has no checkpoint that can be compared.
std::vector<BitsCheck> CompareBits(const Run& told, const Run& again);

// `bits`: nullopt where nothing was trained again.
Json VerdictJson(const Receipt& receipt, const std::optional<std::vector<BitsCheck>>& bits);
std::string VerdictText(const Receipt& receipt, const std::optional<std::vector<BitsCheck>>& bits,
                        const Style& style);

}  // namespace powerdown
