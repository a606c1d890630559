// TensorBoard's event files as its writers make them, for tests of what reads them.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/crc32c.h"

namespace powerdown {

inline std::string LittleEndianBytes(uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

inline std::string VarintBytes(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

// Fields of protobuf's wire format.
inline std::string VarintField(uint32_t number, uint64_t value) {
  return VarintBytes(number << 3) + VarintBytes(value);
}
inline std::string BytesField(uint32_t number, std::string_view bytes) {
  return VarintBytes(number << 3 | 2) + VarintBytes(bytes.size()) + std::string(bytes);
}
inline std::string FloatField(uint32_t number, float value) {
  return VarintBytes(number << 3 | 5) + LittleEndianBytes(std::bit_cast<uint32_t>(value), 4);
}
inline std::string DoubleField(uint32_t number, double value) {
  return VarintBytes(number << 3 | 1) + LittleEndianBytes(std::bit_cast<uint64_t>(value), 8);
}

// A record of a TFRecord file.
inline std::string RecordBytes(std::string_view content) {
  const std::string length = LittleEndianBytes(content.size(), 8);
  return length + LittleEndianBytes(MaskedCrc32c(ExtendCrc32c(0, length)), 4) +
         std::string(content) + LittleEndianBytes(MaskedCrc32c(ExtendCrc32c(0, content)), 4);
}

// How a scalar is written.
enum class ScalarForm { kSimpleValue, kTensorFloats, kTensorContent };

inline std::string ScalarValueBytes(std::string_view tag, float value, ScalarForm form) {
  if (form == ScalarForm::kSimpleValue) return BytesField(1, tag) + FloatField(2, value);
  const std::string bits = LittleEndianBytes(std::bit_cast<uint32_t>(value), 4);
  const std::string tensor =
      VarintField(1, 1) + BytesField(2, "") +
      (form == ScalarForm::kTensorFloats ? BytesField(5, bits) : BytesField(4, bits));
  return BytesField(1, tag) + BytesField(8, tensor) +
         BytesField(9, BytesField(1, BytesField(1, "scalars")));
}

inline std::string EventBytes(double wall_time, int64_t step, std::string_view summary) {
  return DoubleField(1, wall_time) + VarintField(2, static_cast<uint64_t>(step)) +
         BytesField(5, summary);
}

// The record of an event with one scalar.
inline std::string ScalarRecord(double wall_time, int64_t step, std::string_view tag, float value,
                                ScalarForm form = ScalarForm::kSimpleValue) {
  return RecordBytes(
      EventBytes(wall_time, step, BytesField(1, ScalarValueBytes(tag, value, form))));
}

// The first record of every event file.
inline std::string VersionRecord() {
  return RecordBytes(DoubleField(1, 1e9) + BytesField(3, "brain.Event:2"));
}

}  // namespace powerdown
