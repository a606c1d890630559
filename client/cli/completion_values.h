// What may stand for a word of the command line: words that are known now, or where to ask for
// them when the user presses Tab. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/command_tree.h"
#include "common/run/run.h"

namespace powerdown {

// Where values come from that change. The shell completes kFiles; `completion --values SOURCE`
// prints the others.
enum class ValueSource { kNone, kFiles, kRuns, kTags, kServers, kKeys };
template <>
struct NamesOf<ValueSource> {
  static constexpr std::string_view kWhat = "values";
  static constexpr std::string_view kNames[] = {"", "files", "runs", "tags", "servers", "keys"};
};

struct WordValues {
  std::vector<std::string> words;
  ValueSource source = ValueSource::kNone;
  bool empty() const { return words.empty() && source == ValueSource::kNone; }
};
// Of what a command acts on; `path`: "powerdown run show".
WordValues ValuesOfOperand(std::string_view path, const CommandOperand& operand);
WordValues ValuesOfFlag(std::string_view path, const CommandFlag& flag);

// "128\taddition mod 59 …": a word and what it is, one a line. Names and tags are other people's
// text: those that a shell might take for anything but a word are left out.
std::string RunLines(const std::vector<Run>& runs);
std::string TagLines(const std::vector<Run>& runs);
// True if a shell takes it for a plain word, whatever is around it.
bool IsPlainWord(std::string_view text);

}  // namespace powerdown
