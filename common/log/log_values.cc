#include "common/log/log_values.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run.h"

namespace powerdown {
namespace {

constexpr std::string_view kSaysNothing[] = {"-", "--", "null", "none", "n/a", "na", "?"};
// From here on a number is a time: 1973.
constexpr double kFirstEpochSeconds = 1e8;
constexpr double kFirstEpochMilliseconds = 1e11;
constexpr double kEndOfTimes = 1e13;  // the year 2286

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

// "1,234" and "12,345,678": digits in threes.
bool MayBeThousands(std::string_view text, char mark) {
  const size_t first = text.find(mark);
  if (first == text.npos || text.size() - text.rfind(mark) != 4) return false;
  const size_t digits = first - (text.front() == '-' || text.front() == '+' ? 1 : 0);
  return digits >= 1 && digits <= 3 && text[first - 1] != '0' &&
         std::all_of(text.end() - 3, text.end(), IsDigit);
}

}  // namespace

absl::StatusOr<std::string> LogNumbers::WithPoint(std::string_view text) {
  const bool has_comma = text.find(',') != text.npos;
  const bool has_point = text.find('.') != text.npos;
  if (!has_comma) {
    if (has_point && MayBeThousands(text, '.') && point_example_.empty()) point_example_ = text;
  } else if (has_point || std::count(text.begin(), text.end(), ',') > 1) {
    // Both marks, or several: the last is the decimal one, if it is another than the rest.
    const char decimal = has_point && text.rfind('.') > text.rfind(',') ? '.' : ',';
    std::string number;
    const bool is_split = std::count(text.begin(), text.end(), decimal) > 1;
    for (const char c : text) {
      if (c == decimal && !is_split) number += '.';
      if (c != ',' && c != '.') number += c;
    }
    return number;
  } else if (!has_commas_ && MayBeThousands(text, ',')) {
    std::string decimal(text);
    std::replace(decimal.begin(), decimal.end(), ',', '.');
    std::string thousands(text);
    std::erase(thousands, ',');
    return absl::InvalidArgumentError(Concat(Quoted(text), " may be ", decimal, " or ", thousands,
                                             "; write it without the comma"));
  } else if (comma_example_.empty()) {
    comma_example_ = text;
  }
  if (!point_example_.empty() && !comma_example_.empty()) {
    std::string thousands = point_example_;
    std::erase(thousands, '.');
    return absl::InvalidArgumentError(Concat(Quoted(point_example_), " may be ", point_example_,
                                             " or ", thousands, ", as ", Quoted(comma_example_),
                                             " has a decimal comma; use one mark"));
  }
  std::string number(text);
  std::replace(number.begin(), number.end(), ',', '.');
  return number;
}

absl::StatusOr<LogNumber> LogNumbers::Read(std::string_view text) {
  LogNumber number;
  std::string_view digits = text;
  if (digits.ends_with('%')) {
    number.has_percent_sign = true;
    digits.remove_suffix(1);
    digits = StdView(absl::StripTrailingAsciiWhitespace(AbslView(digits)));
  }
  // The usual case first: a plain number with a point.
  if (digits.find(',') == digits.npos && !digits.empty() &&
      absl::SimpleAtod(AbslView(digits), &number.value)) {
    if (has_commas_) RETURN_IF_ERROR(WithPoint(digits).status());
    return number;
  }
  const std::string lower = absl::AsciiStrToLower(AbslView(digits.substr(0, 8)));
  if (std::find(std::begin(kSaysNothing), std::end(kSaysNothing), lower) !=
      std::end(kSaysNothing)) {
    number.is_known = false;
    return number;
  }
  const bool is_number = !digits.empty() && digits.back() != ',' &&
                         std::any_of(digits.begin(), digits.end(), IsDigit) &&
                         digits.find_first_not_of("0123456789.,+-eE") == digits.npos;
  if (is_number) {
    ASSIGN_OR_RETURN(const std::string pointed, WithPoint(digits));
    if (absl::SimpleAtod(pointed, &number.value)) return number;
  }
  return absl::InvalidArgumentError(Concat("is ", Quoted(text), ", not a number"));
}

absl::StatusOr<LogTime> ReadLogTime(std::string_view text) {
  LogTime read;
  double number = 0;
  if (absl::SimpleAtod(AbslView(text), &number)) {
    const absl::Time elapsed = absl::UnixEpoch() + absl::Seconds(number);
    if (!HasTime(elapsed)) {
      read.time = elapsed;
      return read;
    }
    if (number >= kFirstEpochSeconds && number < kEndOfTimes) {
      const bool is_milliseconds = number >= kFirstEpochMilliseconds;
      read.time += absl::Seconds(is_milliseconds ? number / 1000 : number);
      return read;
    }
    return absl::InvalidArgumentError(Concat("is ", Quoted(text), ", not a time of our days"));
  }
  std::string problem;
  // "infinite-past" and the like are no times of a log.
  const bool is_date = !text.empty() && IsDigit(text.front());
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d %H:%M:%E*S%Ez"}) {
    if (is_date && absl::ParseTime(format, AbslView(text), &read.time, &problem)) return read;
  }
  read.lacks_zone = true;
  for (const char* format :
       {"%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S", "%Y/%m/%d %H:%M:%E*S"}) {
    if (is_date && absl::ParseTime(format, AbslView(text), &read.time, &problem)) return read;
  }
  return absl::InvalidArgumentError(Concat(
      "is ", Quoted(text), ", no time that is read here; RFC 3339 is: 2026-03-28T23:30:00Z"));
}

}  // namespace powerdown
