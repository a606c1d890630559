// Reports of programs as text, and sources that are asked until they have no more, for tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "server/runner/reports/report_source.h"

namespace powerdown {

// "7 loss=0.5 train_accuracy=1"
inline std::string TextOf(const ProgramReport& report) {
  std::string text = Concat(report.step);
  for (const auto& [name, value] : report.metrics) text += Concat(" ", name, "=", value);
  return text;
}

// One poll.
inline std::vector<std::string> Poll(ReportSource& source) {
  const absl::StatusOr<std::vector<ProgramReport>> reports = source.Poll();
  EXPECT_TRUE(reports.ok()) << reports.status();
  std::vector<std::string> texts;
  if (!reports.ok()) return texts;
  for (const ProgramReport& report : *reports) texts.push_back(TextOf(report));
  return texts;
}

// Two polls: the second finds nothing new, so that the last step is complete.
inline std::vector<std::string> PollAll(ReportSource& source) {
  std::vector<std::string> texts = Poll(source);
  for (std::string& text : Poll(source)) texts.push_back(std::move(text));
  return texts;
}

// As at the end of a program.
inline std::vector<std::string> PollToTheEnd(ReportSource& source) {
  source.Finish();
  std::vector<std::string> texts;
  for (std::vector<std::string> more = Poll(source); !more.empty(); more = Poll(source)) {
    texts.insert(texts.end(), more.begin(), more.end());
  }
  return texts;
}

inline std::vector<std::string> WarningsOf(ReportSource& source) {
  std::vector<std::string> warnings;
  for (std::string one = source.Warning(); !one.empty(); one = source.Warning()) {
    warnings.push_back(one);
  }
  return warnings;
}

inline void Append(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
}
inline void Overwrite(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::trunc | std::ios::binary) << bytes;
}

}  // namespace powerdown
