// C++ source text as words, for tests of how sources look. A scanner by hand: the standard
// library's regular expressions take seconds for the whole tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace powerdown {

inline bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The place behind a string, character or comment that begins at `begin`; `begin` if none does.
inline size_t EndOfNonCode(absl::string_view text, size_t begin) {
  const absl::string_view rest = text.substr(begin);
  const auto behind = [&](absl::string_view end, size_t from) {
    const size_t found = text.find(end, from);
    return found == text.npos ? text.size() : found + end.size();
  };
  if (absl::StartsWith(rest, "//")) return std::min(text.find('\n', begin), text.size());
  if (absl::StartsWith(rest, "/*")) return behind("*/", begin + 2);
  const bool is_in_word = begin > 0 && IsWordCharacter(text[begin - 1]);
  if (absl::StartsWith(rest, "R\"") && !is_in_word) {
    const size_t open = text.find('(', begin);
    if (open == text.npos) return text.size();
    return behind(absl::StrCat(")", text.substr(begin + 2, open - begin - 2), "\""), open);
  }
  const char quote = rest.front();
  if (quote != '"' && (quote != '\'' || is_in_word)) return begin;  // 1'000 is a number
  size_t i = begin + 1;
  while (i < text.size() && text[i] != quote && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

// Without directives and comments, and with "" for what stands in quotes: only code is left. Lines
// stay lines.
inline std::string CodeOf(absl::string_view text) {
  std::string kept;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StartsWith(line, "#")) absl::StrAppend(&kept, line, "\n");
  }
  std::string code;
  for (size_t i = 0; i < kept.size();) {
    const size_t end = EndOfNonCode(kept, i);
    if (end == i) {
      code += kept[i++];
    } else {
      code += "\"\"";
      i = end;
    }
  }
  return code;
}

// An identifier, keyword or number.
struct Word {
  absl::string_view text;  // of the code
  size_t begin = 0;
  size_t end() const { return begin + text.size(); }
};

inline std::vector<Word> WordsOf(absl::string_view code) {
  std::vector<Word> words;
  for (size_t i = 0; i < code.size();) {
    size_t end = i;
    while (end < code.size() && IsWordCharacter(code[end])) ++end;
    if (end > i) words.push_back({code.substr(i, end - i), i});
    i = end + 1;
  }
  return words;
}

// The first character at or behind a place that is no space; 0 at the end.
inline char NextCharacter(absl::string_view code, size_t place) {
  while (place < code.size() && absl::ascii_isspace(static_cast<unsigned char>(code[place]))) {
    ++place;
  }
  return place < code.size() ? code[place] : '\0';
}

// Whether a word begins as a type or function of ours does: "RunQueue", not "kMost" or "TEST".
inline bool IsCamelCase(absl::string_view word) {
  return word.size() > 1 && absl::ascii_isupper(static_cast<unsigned char>(word[0])) &&
         absl::ascii_islower(static_cast<unsigned char>(word[1]));
}

}  // namespace powerdown
