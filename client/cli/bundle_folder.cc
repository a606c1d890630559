#include "client/cli/bundle_folder.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

// The section of the grid, if it can be a file's name.
std::string SectionOf(const Run& run) {
  const std::string section = run.tags.empty() ? "" : run.tags.front();
  const bool is_name = std::all_of(section.begin(), section.end(), [](unsigned char letter) {
    return absl::ascii_isalnum(letter) || letter == '-' || letter == '_';
  });
  return section.empty() || !is_name ? "runs" : section;
}

// The text of each file, by path.
absl::StatusOr<std::map<std::string, std::string>> GatheredTexts(const BundleFolder& bundles,
                                                                 const std::string& folder) {
  std::map<std::string, std::vector<std::string_view>> sections;
  for (const BundledRun& run : bundles.runs()) {
    ASSIGN_OR_RETURN(const RunBundle header, bundles.ReadHeader(run));
    sections[SectionOf(header.run)].push_back(run.text);
  }
  std::map<std::string, std::string> texts;
  for (const auto& [section, runs] : sections) {
    for (size_t i = 0; i < runs.size(); ++i) {
      const size_t part = i / kMostRunsAFile + 1;
      const std::string suffix = part == 1 ? "" : Concat("-", part);
      texts[Concat(folder, "/", section, suffix, kBundleSuffix)] += runs[i];
    }
  }
  return texts;
}

bool Holds(const std::string& path, const std::string& text) {
  const absl::StatusOr<std::string> bytes = ReadFile(path);
  return bytes.ok() && UnpackBundles(*bytes, path).value_or("") == text;
}

}  // namespace

absl::StatusOr<BundleFolder> BundleFolder::Open(const std::string& folder) {
  const std::vector<std::string> files = ListFiles(folder, kBundleSuffix);
  if (files.empty()) return absl::NotFoundError(Concat("there are no recorded runs in ", folder));
  BundleFolder bundles(folder);
  for (const std::string& path : files) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
    ASSIGN_OR_RETURN(std::string text, UnpackBundles(bytes, path));
    bundles.texts_.push_back(std::make_unique<const std::string>(std::move(text)));
    for (const BundledRun& run : SplitBundles(*bundles.texts_.back())) {
      if (!run.run_id.empty()) {
        bundles.runs_.push_back(run);
        continue;
      }
      // Written elsewhere, with other spaces or in another order.
      ASSIGN_OR_RETURN(const std::vector<RunBundle> read, ParseBundles(run.header(), path));
      bundles.runs_.push_back({read.front().run.run_id, run.text});
    }
  }
  std::stable_sort(bundles.runs_.begin(), bundles.runs_.end(),
                   [](const BundledRun& a, const BundledRun& b) { return a.run_id < b.run_id; });
  const auto last = std::unique(bundles.runs_.begin(), bundles.runs_.end(),
                                [](const BundledRun& a, const BundledRun& b) {
                                  return !a.run_id.empty() && a.run_id == b.run_id;
                                });
  bundles.runs_.erase(last, bundles.runs_.end());
  return bundles;
}

absl::StatusOr<RunBundle> BundleFolder::ReadHeader(const BundledRun& run) const {
  ASSIGN_OR_RETURN(std::vector<RunBundle> read,
                   ParseBundles(run.header(), Concat(folder_, ": run ", run.run_id)));
  return std::move(read.front());
}

absl::StatusOr<RunBundle> BundleFolder::Read(const BundledRun& run) const {
  ASSIGN_OR_RETURN(std::vector<RunBundle> read,
                   ParseBundles(run.text, Concat(folder_, ": run ", run.run_id)));
  return std::move(read.front());
}

absl::Status GatherBundles(const std::string& folder) {
  const std::vector<std::string> before = ListFiles(folder, kBundleSuffix);
  if (before.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const BundleFolder bundles, BundleFolder::Open(folder));
  ASSIGN_OR_RETURN(const auto texts, GatheredTexts(bundles, folder));
  for (const auto& [path, text] : texts) {
    if (Holds(path, text)) continue;  // compressing takes seconds
    ASSIGN_OR_RETURN(const std::string bytes, Compress(text));
    RETURN_IF_ERROR(WriteFile(path, bytes));
  }
  for (const std::string& path : before) {
    if (!texts.contains(path)) std::remove(path.c_str());
  }
  return absl::OkStatus();
}

}  // namespace powerdown
