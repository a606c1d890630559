#include "common/base/ids.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's base 32
constexpr size_t kLength = 26;

// The lowest 5 bits of `value` for each of the last `count` places before `end`.
void Spell(uint64_t value, int count, std::string& id, size_t end) {
  for (int i = 1; i <= count; ++i, value >>= 5) id[end - i] = kAlphabet[value & 31];
}

std::string IdText(int64_t millis, uint64_t high, uint64_t low) {
  std::string id(kLength, '0');
  Spell(static_cast<uint64_t>(millis), 10, id, 10);
  Spell(high << 24 | low >> 40, 8, id, 18);  // 80 random bits as two halves of 40
  Spell(low & 0xFFFFFFFFFF, 8, id, 26);
  return id;
}

}  // namespace

std::string IdGenerator::Next(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const int64_t millis = absl::ToUnixMillis(now);
  if (millis > last_millis_) {
    last_millis_ = millis;
    last_high_ = random_() & 0x7FFF;  // the top bit is room to count up
    last_low_ = random_();
  } else if (++last_low_ == 0) {  // also when the clock was set back
    ++last_high_;
  }
  return IdText(last_millis_, last_high_, last_low_);
}

bool IsId(std::string_view text) {
  return text.size() == kLength && IsIdPrefix(text);
}

bool IsIdPrefix(std::string_view text) {
  return !text.empty() && text.size() <= kLength &&
         std::all_of(text.begin(), text.end(),
                     [](char symbol) { return kAlphabet.find(symbol) != kAlphabet.npos; });
}

}  // namespace powerdown
