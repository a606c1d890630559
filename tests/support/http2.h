// Frames of HTTP/2 as a client writes them, right or wrong. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace powerdown::http2 {

inline constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6,
                         kWindowUpdate = 8, kContinuation = 9;
inline constexpr uint8_t kEndStream = 1, kEndHeaders = 4;

inline std::string Preface() {
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
}

inline std::string Big32(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload) {
  return Big32(static_cast<uint32_t>(payload.size())).substr(1) + static_cast<char>(type) +
         static_cast<char>(flags) + Big32(stream) + payload;
}

// RFC 7541 6.2.2: a literal that is not indexed; short texts only.
inline std::string Field(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

// Begins a call of gRPC.
inline std::string Call(uint32_t stream, const std::string& path, uint8_t flags = kEndHeaders) {
  return Frame(kHeaders, flags, stream,
               Field(":method", "POST") + Field(":scheme", "https") + Field(":path", path) +
                   Field(":authority", "powerdown") + Field("te", "trailers") +
                   Field("content-type", "application/grpc"));
}

// The five bytes before a message.
inline std::string Prefix(uint32_t length, bool is_compressed = false) {
  return std::string(1, is_compressed ? '\1' : '\0') + Big32(length);
}

// What a server sent: the frames of a type, of which the last may be cut.
struct Seen {
  uint8_t type = 0, flags = 0;
  uint32_t stream = 0;
  std::string payload;
};
inline std::vector<Seen> FramesOf(const std::string& bytes) {
  std::vector<Seen> frames;
  const auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])); };
  for (size_t i = 0; i + 9 <= bytes.size();) {
    const size_t length = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    frames.push_back({static_cast<uint8_t>(at(i + 3)), static_cast<uint8_t>(at(i + 4)),
                      at(i + 5) << 24 | at(i + 6) << 16 | at(i + 7) << 8 | at(i + 8),
                      bytes.substr(i + 9, length)});
    i += 9 + length;
  }
  return frames;
}

}  // namespace powerdown::http2
