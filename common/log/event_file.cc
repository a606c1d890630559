#include "common/log/event_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "common/base/crc32c.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

// A record is: length of the data (8 bytes), its checksum (4), the data, their checksum (4).
constexpr size_t kLengthBytes = 8;
constexpr size_t kChecksumBytes = 4;
constexpr size_t kHeaderBytes = kLengthBytes + kChecksumBytes;

uint64_t LittleEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}
bool IsChecksumOf(std::string_view stored, uint32_t checksum) {
  return LittleEndian(stored) == MaskedCrc32c(checksum);
}
float FloatOf(uint64_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits));
}

// One field of a message; what kind its value is, its wire type says.
struct WireField {
  uint32_t number = 0;
  uint32_t type = 0;
  uint64_t value = 0;      // kVarint, kFixed64, kFixed32
  std::string_view bytes;  // kLengthDelimited
};
constexpr uint32_t kVarint = 0;
constexpr uint32_t kFixed64 = 1;
constexpr uint32_t kLengthDelimited = 2;
constexpr uint32_t kFixed32 = 5;

// Reads a message field by field. What ends early, or is of a wire type that nobody writes any
// more, is a problem.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  bool has_problem() const { return has_problem_; }

  bool Next(WireField& field) {
    if (rest_.empty() || has_problem_) return false;
    const uint64_t key = Varint();
    field = {.number = static_cast<uint32_t>(key >> 3), .type = static_cast<uint32_t>(key & 7)};
    switch (field.type) {
      case kVarint:
        field.value = Varint();
        break;
      case kFixed64:
        field.value = LittleEndian(Take(8));
        break;
      case kFixed32:
        field.value = LittleEndian(Take(4));
        break;
      case kLengthDelimited:
        field.bytes = Take(Varint());
        break;
      default:
        has_problem_ = true;
    }
    return !has_problem_;
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = Take(1);
      if (byte.empty()) return 0;
      const auto bits = static_cast<unsigned char>(byte[0]);
      value |= static_cast<uint64_t>(bits & 0x7F) << shift;
      if (bits < 0x80) return value;
    }
    has_problem_ = true;
    return 0;
  }

 private:
  std::string_view Take(uint64_t count) {
    if (count > rest_.size()) {
      has_problem_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
  bool has_problem_ = false;
};

// TensorFlow's DataType.
enum TensorType : uint64_t { kFloat = 1, kDouble = 2, kInt32 = 3, kInt64 = 9 };

std::optional<double> NumberIn(uint64_t type, std::string_view bytes) {
  const bool is_wide = type == kDouble || type == kInt64;
  if (bytes.size() != (is_wide ? 8u : 4u)) return std::nullopt;
  const uint64_t bits = LittleEndian(bytes);
  switch (type) {
    case kFloat:
      return FloatOf(bits);
    case kDouble:
      return std::bit_cast<double>(bits);
    case kInt32:
      return static_cast<int32_t>(bits);
    case kInt64:
      return static_cast<double>(static_cast<int64_t>(bits));
    default:
      return std::nullopt;
  }
}

// A whole number in a list of them, if it is alone there.
std::optional<double> OnlyVarint(const WireField& field) {
  if (field.type == kVarint) return static_cast<double>(static_cast<int64_t>(field.value));
  WireReader reader(field.bytes);
  const auto value = static_cast<int64_t>(reader.Varint());
  WireField more;
  if (reader.has_problem() || reader.Next(more) || reader.has_problem()) return std::nullopt;
  return static_cast<double>(value);
}

// The number of a TensorProto that holds one.
std::optional<double> ScalarIn(std::string_view tensor) {
  enum { kType = 1, kContent = 4, kFloats = 5, kDoubles = 6, kInts = 7, kInt64s = 10 };
  WireReader reader(tensor);
  WireField field;
  uint64_t type = 0;
  std::string_view content;
  std::optional<double> value;
  int values = 0;
  while (reader.Next(field)) {
    std::optional<double> found;
    switch (field.number) {
      case kType:
        type = field.value;
        continue;
      case kContent:
        content = field.bytes;
        continue;
      case kFloats:
        found = field.type == kFixed32 ? FloatOf(field.value) : NumberIn(kFloat, field.bytes);
        break;
      case kDoubles:
        found = field.type == kFixed64 ? std::bit_cast<double>(field.value)
                                       : NumberIn(kDouble, field.bytes);
        break;
      case kInts:
      case kInt64s:
        found = OnlyVarint(field);
        break;
      default:
        continue;
    }
    value = found;
    ++values;
  }
  if (reader.has_problem() || values > 1) return std::nullopt;
  return values == 1 ? value : NumberIn(type, content);
}

// Whose value it is: empty where nobody said.
std::string_view PluginIn(std::string_view metadata) {
  enum { kPlugin = 1, kName = 1 };
  WireReader reader(metadata);
  WireField field;
  while (reader.Next(field)) {
    if (field.number != kPlugin) continue;
    WireReader inner(field.bytes);
    WireField part;
    while (inner.Next(part)) {
      if (part.number == kName) return part.bytes;
    }
  }
  return {};
}

// A Summary.Value of TensorFlow. False: it is none.
bool AddScalar(std::string_view bytes, std::vector<EventScalar>& scalars) {
  enum { kTag = 1, kSimple = 2, kTensor = 8, kMetadata = 9 };
  WireReader reader(bytes);
  WireField field;
  std::string_view tag;
  std::string_view plugin;
  std::optional<double> value;
  while (reader.Next(field)) {
    if (field.number == kTag) tag = field.bytes;
    if (field.number == kSimple && field.type == kFixed32) value = FloatOf(field.value);
    if (field.number == kTensor) value = ScalarIn(field.bytes);
    if (field.number == kMetadata) plugin = PluginIn(field.bytes);
  }
  if (reader.has_problem()) return false;
  const bool is_scalar = plugin.empty() || plugin == "scalars";
  if (value && is_scalar && !tag.empty()) scalars.push_back({std::string(tag), *value});
  return true;
}

absl::Status NoMessage() {
  return absl::InvalidArgumentError("is no Event");
}

}  // namespace

absl::StatusOr<LogEvent> ParseEvent(std::string_view bytes) {
  enum { kWallTime = 1, kStep = 2, kSummary = 5, kValue = 1 };
  LogEvent event;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == kWallTime && field.type == kFixed64) {
      event.wall_time = std::bit_cast<double>(field.value);
    }
    if (field.number == kStep && field.type == kVarint) {
      event.step = static_cast<int64_t>(field.value);
    }
    if (field.number != kSummary || field.type != kLengthDelimited) continue;
    WireReader summary(field.bytes);
    WireField value;
    while (summary.Next(value)) {
      if (value.number == kValue && !AddScalar(value.bytes, event.scalars)) return NoMessage();
    }
    if (summary.has_problem()) return NoMessage();
  }
  if (reader.has_problem()) return NoMessage();
  return event;
}

bool IsEventFile(std::string_view bytes) {
  return bytes.size() >= kHeaderBytes &&
         LittleEndian(bytes.substr(0, kLengthBytes)) <= kMostEventBytes &&
         IsChecksumOf(bytes.substr(kLengthBytes, kChecksumBytes),
                      ExtendCrc32c(0, bytes.substr(0, kLengthBytes)));
}

absl::Status EventFileReader::TakeHeader() {
  const std::string_view header = kept_;
  length_ = LittleEndian(header.substr(0, kLengthBytes));
  const bool is_right =
      IsChecksumOf(header.substr(kLengthBytes), ExtendCrc32c(0, header.substr(0, kLengthBytes)));
  // No file is that long, and what follows must be counted.
  if (!is_right || length_ > static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / 2)) {
    return absl::DataLossError(Concat(file_name_, ": byte ", offset_,
                                      ": the length of a record is damaged; what follows it "
                                      "cannot be read"));
  }
  kept_.clear();
  last_.clear();
  checksum_ = 0;
  return absl::OkStatus();
}

void EventFileReader::TakeRecord(const TakeEvent& take) {
  if (!IsChecksumOf(last_, checksum_)) {
    ++damaged_records_;
  } else if (length_ <= kMostEventBytes) {
    const absl::StatusOr<LogEvent> event = ParseEvent(kept_);
    if (!event.ok()) ++damaged_records_;
    if (event.ok() && !event->scalars.empty()) take(*event);
  }
  offset_ += static_cast<int64_t>(taken_);
  taken_ = 0;
  kept_.clear();
}

absl::Status EventFileReader::Push(std::string_view bytes, const TakeEvent& take) {
  while (status_.ok() && !bytes.empty()) {
    const uint64_t data_end = kHeaderBytes + (taken_ < kHeaderBytes ? 0 : length_);
    const uint64_t part_end = taken_ < kHeaderBytes ? kHeaderBytes
                              : taken_ < data_end   ? data_end
                                                    : data_end + kChecksumBytes;
    const std::string_view part =
        bytes.substr(0, std::min<uint64_t>(bytes.size(), part_end - taken_));
    bytes.remove_prefix(part.size());
    if (taken_ < kHeaderBytes) {
      kept_ += part;
    } else if (taken_ < data_end) {
      checksum_ = ExtendCrc32c(checksum_, part);
      if (length_ <= kMostEventBytes) kept_ += part;
    } else {
      last_ += part;
    }
    const bool was_header = taken_ < kHeaderBytes;
    taken_ += part.size();
    if (was_header && taken_ == kHeaderBytes) {
      status_ = TakeHeader();
    } else if (!was_header && taken_ == kHeaderBytes + length_ + kChecksumBytes) {
      TakeRecord(take);
    }
  }
  return status_;
}

}  // namespace powerdown
