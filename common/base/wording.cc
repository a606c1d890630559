#include "common/base/wording.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

namespace powerdown {
namespace {

constexpr size_t kQuotedLimit = 80;

// Insertions, deletions, substitutions, and exchanges of neighbours.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> edits(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        edits[i][j] = i + j;
        continue;
      }
      const size_t substituted = edits[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      edits[i][j] = std::min({substituted, edits[i - 1][j] + 1, edits[i][j - 1] + 1});
      const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) edits[i][j] = std::min(edits[i][j], edits[i - 2][j - 2] + 1);
    }
  }
  return edits.back().back();
}

}  // namespace

std::string Quoted(std::string_view text) {
  const std::string shown = ToUtf8(CutUtf8(text, kQuotedLimit));
  return Concat("\"", absl::Utf8SafeCHexEscape(AbslView(shown)),
                text.size() > kQuotedLimit ? "…" : "", "\"");
}

std::string_view ClosestWord(std::string_view text,
                             const std::vector<std::string_view>& candidates) {
  std::string_view closest;
  if (text.size() > kQuotedLimit) return closest;
  size_t fewest = std::max<size_t>(1, std::min<size_t>(3, text.size() / 3)) + 1;
  for (std::string_view candidate : candidates) {
    const size_t edits = EditDistance(text, candidate);
    if (edits < fewest) {
      fewest = edits;
      closest = candidate;
    }
  }
  return closest;
}

std::string_view NearestWord(std::string_view text,
                             const std::vector<std::string_view>& candidates) {
  const auto edits = [&](std::string_view candidate) {
    return EditDistance(text.substr(0, kQuotedLimit), candidate.substr(0, kQuotedLimit));
  };
  const auto nearest =
      std::min_element(candidates.begin(), candidates.end(),
                       [&](std::string_view a, std::string_view b) { return edits(a) < edits(b); });
  return nearest == candidates.end() ? std::string_view() : *nearest;
}

std::string NotKnown(std::string_view text, const std::vector<std::string_view>& candidates) {
  const std::string_view closest = ClosestWord(text, candidates);
  return Concat(" is not known; ",
                closest.empty() ? "" : Concat("did you mean \"", closest, "\"? "),
                "allowed: ", Join(candidates, ", "));
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const Utf8Character first = FirstCharacter(text);
    if (!first.is_valid || IsMisleading(first.code)) {
      printable += '?';
    } else {
      printable += text.substr(0, first.bytes);
    }
    text.remove_prefix(first.bytes);
  }
  return printable;
}

std::string CountText(int64_t count) {
  const std::string digits = Concat(std::abs(count));
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return count < 0 ? Concat("-", text) : text;
}

std::string Fixed(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string PercentText(double share, int decimals) {
  if (!std::isfinite(share)) return "–";
  const double smallest = std::pow(10.0, -decimals);
  double percent = 100 * share;
  if (share < 1) percent = std::min(percent, 100 - smallest);
  if (share > 0) percent = std::max(percent, smallest);
  if (share == 0 || share == 1) decimals = 0;
  return Concat(Fixed(percent, decimals), "%");
}

}  // namespace powerdown
