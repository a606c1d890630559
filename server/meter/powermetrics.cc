#include "server/meter/powermetrics.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr char kTextBegin[] = "*** Sampled system activity";
constexpr char kPlistBegin[] = "<?xml";
constexpr char kPlistEnd[] = "</plist>";
// No sample of either kind is longer; what is, is no powermetrics output.
constexpr size_t kLongest = size_t{16} << 20;

// "823 mW", "150mW", "2.48W".
std::optional<Watts> ReadPower(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const bool is_milli = absl::ConsumeSuffix(&text, "mW");
  if (!is_milli && !absl::ConsumeSuffix(&text, "W")) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(absl::StripAsciiWhitespace(text), &value) || value < 0) return std::nullopt;
  return Watts(is_milli ? value / 1e3 : value);
}

// "*** Sampled system activity (Fri Sep 11 13:41:46 2026 -0700) (1002.90ms elapsed) ***"
std::optional<absl::Duration> ReadElapsed(absl::string_view line) {
  const size_t end = line.rfind("ms elapsed)");
  if (end == absl::string_view::npos) return std::nullopt;
  const size_t begin = line.rfind('(', end);
  if (begin == absl::string_view::npos) return std::nullopt;
  double milliseconds = 0;
  if (!absl::SimpleAtod(line.substr(begin + 1, end - begin - 1), &milliseconds) ||
      milliseconds <= 0) {
    return std::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

void ReadTextLine(absl::string_view line, PowermetricsSample& sample) {
  const size_t colon = line.rfind(':');
  if (colon == absl::string_view::npos) return;
  const absl::string_view key = absl::StripAsciiWhitespace(line.substr(0, colon));
  std::optional<Watts>* const target =
      key == "CPU Power"                                                  ? &sample.cpu
      : key == "GPU Power"                                                ? &sample.gpu
      : key == "ANE Power"                                                ? &sample.ane
      : key == "DRAM Power"                                               ? &sample.dram
      : key == "Package Power"                                            ? &sample.package
      : absl::StartsWith(key, "Combined Power")                           ? &sample.package
      : absl::StartsWith(key, "Intel energy model derived package power") ? &sample.package
                                                                          : nullptr;
  if (target == nullptr) return;
  if (const auto power = ReadPower(line.substr(colon + 1))) *target = power;
}

// Numbers of the document's own dictionary and of "processor", by key. Deeper ones (of clusters and
// cores) repeat keys and are left out.
std::map<std::string, double> PlistNumbers(absl::string_view document) {
  std::map<std::string, double> numbers;
  std::vector<std::string> path;
  std::string key;
  for (size_t at = document.find('<'); at != absl::string_view::npos; at = document.find('<', at)) {
    const size_t close = document.find('>', at);
    if (close == absl::string_view::npos) break;
    const absl::string_view tag = document.substr(at + 1, close - at - 1);
    const size_t next = document.find('<', close);
    const absl::string_view value =
        document.substr(close + 1, next == absl::string_view::npos ? 0 : next - close - 1);
    at = close;
    if (tag == "dict" || tag == "array") {
      path.push_back(std::exchange(key, ""));
    } else if (tag == "/dict" || tag == "/array") {
      if (!path.empty()) path.pop_back();
    } else if (tag == "key") {
      key = std::string(value);
    } else if (tag == "integer" || tag == "real") {
      const bool is_ours = path.size() == 1 || (path.size() == 2 && path[1] == "processor");
      double number = 0;
      if (is_ours && absl::SimpleAtod(value, &number)) numbers[key] = number;
    }
  }
  return numbers;
}

}  // namespace

std::optional<Watts> PowermetricsSample::total() const {
  if (package) return package;
  std::optional<Watts> sum;
  for (const std::optional<Watts>& part : {cpu, gpu, ane, dram}) {
    if (part) sum = sum.value_or(Watts(0)) + *part;
  }
  return sum;
}

std::vector<PowermetricsSample> PowermetricsReader::Feed(std::string_view bytes) {
  std::vector<PowermetricsSample> samples;
  pending_.append(bytes);
  for (;;) {
    const size_t begin = pending_.find_first_not_of(std::string_view("\0\r\n \t", 5));
    pending_.erase(0, begin == std::string::npos ? pending_.size() : begin);
    const std::string_view xml(kPlistBegin);
    const bool may_be_plist = pending_.compare(0, xml.size(), xml.substr(0, pending_.size())) == 0;
    if (pending_.empty() || (may_be_plist && pending_.size() < xml.size())) break;
    const std::string end = may_be_plist ? kPlistEnd : "\n";
    const size_t found = pending_.find(end);
    if (found == std::string::npos) break;
    const std::string whole = pending_.substr(0, found + end.size());
    pending_.erase(0, whole.size());
    if (may_be_plist) {
      TakePlist(whole, samples);
    } else {
      TakeLine(whole, samples);
    }
  }
  if (pending_.size() > kLongest) {
    pending_.clear();
    ++damaged_;
  }
  return samples;
}

void PowermetricsReader::TakeLine(std::string_view line, std::vector<PowermetricsSample>& samples) {
  if (line.find(kTextBegin) == std::string_view::npos) {
    if (text_sample_) ReadTextLine(AbslView(line), *text_sample_);
    return;
  }
  if (text_sample_ && text_sample_->total()) samples.push_back(*text_sample_);
  text_sample_.reset();
  if (const auto elapsed = ReadElapsed(AbslView(line))) {
    text_sample_ = PowermetricsSample{.elapsed = *elapsed};
  } else {
    ++damaged_;
  }
}

// Powers are in milliwatts, energies in millijoules over the elapsed time.
void PowermetricsReader::TakePlist(std::string_view document,
                                   std::vector<PowermetricsSample>& samples) {
  // One that was cut off is followed by the next without an end of its own.
  const size_t last = document.rfind(kPlistBegin);
  if (last != 0) ++damaged_;
  const std::map<std::string, double> numbers = PlistNumbers(AbslView(document.substr(last)));
  const auto elapsed = numbers.find("elapsed_ns");
  if (elapsed == numbers.end() || elapsed->second <= 0) {
    ++damaged_;
    return;
  }
  PowermetricsSample sample{.elapsed = absl::Nanoseconds(elapsed->second)};
  const auto read = [&](const std::string& part) -> std::optional<Watts> {
    if (const auto power = numbers.find(part + "_power"); power != numbers.end()) {
      return Watts(power->second / 1e3);
    }
    const auto energy = numbers.find(part + "_energy");
    if (energy == numbers.end()) return std::nullopt;
    return Joules(energy->second / 1e3) / sample.elapsed;
  };
  sample.cpu = read("cpu");
  sample.gpu = read("gpu");
  sample.ane = read("ane");
  sample.dram = read("dram");
  sample.package = read("package");
  if (!sample.package) sample.package = read("combined");
  if (sample.total()) samples.push_back(sample);
}

std::optional<PowermetricsSample> PowermetricsReader::Finish() {
  pending_.clear();
  std::optional<PowermetricsSample> last = std::exchange(text_sample_, std::nullopt);
  return last && last->total() ? last : std::nullopt;
}

}  // namespace powerdown
