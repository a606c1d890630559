#include "server/door/frame_guard.h"

#include <algorithm>
#include <utility>

#include "common/base/text.h"

namespace powerdown {
namespace {

// RFC 9113.
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kHeaderBytes = 9;
enum Type : uint8_t {
  kData,
  kHeaders,
  kPriority,
  kReset,
  kSettings,
  kPush,
  kPing,
  kGoAway,
  kWindowUpdate,
  kContinuation
};
constexpr uint8_t kEndStream = 0x1;
constexpr uint8_t kEndHeaders = 0x4;
constexpr uint8_t kPadded = 0x8;
constexpr uint32_t kNoError = 0;
constexpr uint32_t kCancel = 8;

constexpr size_t kPrefixBytes = 5;  // gRPC: a flag for compressed, and the length

std::string Big32(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

std::string FrameOf(Type type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string frame = Big32(static_cast<uint32_t>(payload.size())).substr(1);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  return frame + Big32(stream) + std::string(payload);
}

// RFC 7541 6.2.2, a literal that is not indexed, so that it changes no state of the compression.
void AddField(std::string& block, std::string_view name, std::string_view value) {
  const auto add_text = [&block](std::string_view text) {
    if (text.size() < 127) {
      block += static_cast<char>(text.size());
    } else {  // 5.1: the rest in groups of seven bits
      block += static_cast<char>(127);
      size_t rest = text.size() - 127;
      for (; rest >= 128; rest /= 128) block += static_cast<char>(rest % 128 + 128);
      block += static_cast<char>(rest);
    }
    block += text;
  };
  block += '\0';
  add_text(name);
  add_text(value);
}

}  // namespace

FrameGuard::~FrameGuard() {
  for (auto& [id, stream] : streams_) GiveBack(stream);
}

FrameGuard::Frame FrameGuard::Parse(std::string_view header) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(header[i]));
  };
  Frame frame;
  frame.length = byte(0) << 16 | byte(1) << 8 | byte(2);
  frame.type = static_cast<uint8_t>(byte(3));
  frame.flags = static_cast<uint8_t>(byte(4));
  frame.stream = (byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8)) & 0x7fffffff;
  return frame;
}

absl::Status FrameGuard::FromClient(std::string_view bytes, std::string& to_server) {
  const size_t preface = std::min(kPreface.size() - preface_seen_, bytes.size());
  if (bytes.substr(0, preface) != kPreface.substr(preface_seen_, preface)) {
    return absl::InvalidArgumentError("does not speak HTTP/2");
  }
  to_server += bytes.substr(0, preface);
  preface_seen_ += preface;
  input_ += bytes.substr(preface);
  size_t begin = 0;
  while (input_.size() - begin >= kHeaderBytes) {
    const Frame frame = Parse(std::string_view(input_).substr(begin));
    if (frame.length > kFrameBytes) {
      return absl::InvalidArgumentError(
          Concat("sent a frame of ", frame.length, " bytes; the limit is ", kFrameBytes));
    }
    const size_t size = kHeaderBytes + frame.length;
    if (input_.size() - begin < size) break;
    const absl::Status status =
        OnFrame(frame, std::string_view(input_).substr(begin, size), to_server);
    if (!status.ok()) return status;
    begin += size;
  }
  input_.erase(0, begin);
  return absl::OkStatus();
}

absl::Status FrameGuard::OnFrame(const Frame& frame, std::string_view bytes,
                                 std::string& to_server) {
  bool passes = true;
  absl::Status status = CheckBlock(frame);
  if (status.ok()) status = CheckStranger(frame);
  if (!status.ok()) return status;
  switch (frame.type) {
    case kData:
      status = OnData(frame, bytes.substr(kHeaderBytes), to_server, passes);
      break;
    case kHeaders:
      status = OnHeaders(frame);
      break;
    case kReset:
      EndStream(frame.stream);
      break;
    case kPush:
      return absl::InvalidArgumentError("sent a frame that only servers may send");
    default:
      break;
  }
  if (passes) to_server += bytes;
  return status;
}

absl::Status FrameGuard::CheckBlock(const Frame& frame) {
  if (is_in_block_ != (frame.type == kContinuation)) {
    return absl::InvalidArgumentError("sent headers that are not whole");
  }
  if (frame.type != kHeaders && frame.type != kContinuation) return absl::OkStatus();
  block_bytes_ = (frame.type == kHeaders ? 0 : block_bytes_) + frame.length;
  is_in_block_ = (frame.flags & kEndHeaders) == 0;
  has_called_ = has_called_ || !is_in_block_;
  if (block_bytes_ <= kHeaderBlockBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      Concat("sent headers of more than ", kHeaderBlockBytes, " bytes"));
}

absl::Status FrameGuard::CheckStranger(const Frame& frame) {
  if (is_known_) return absl::OkStatus();
  all_bytes_ += static_cast<int64_t>(kHeaderBytes + frame.length);
  if (frame.type != kData) ++other_frames_;
  if (all_bytes_ <= kStrangerBytes && other_frames_ <= kStrangerFrames) return absl::OkStatus();
  return absl::ResourceExhaustedError("sent too much without a call that was admitted");
}

absl::Status FrameGuard::OnHeaders(const Frame& frame) {
  if (frame.stream <= last_stream_) return absl::OkStatus();  // trailers, or gRPC's to refuse
  last_stream_ = frame.stream;
  if (!is_known_ && ++calls_ > kStrangerCalls) {
    return absl::ResourceExhaustedError(
        Concat("made more than ", kStrangerCalls, " calls of which none was admitted"));
  }
  // gRPC refuses calls above its own bound, which is half as high.
  if (streams_.size() >= static_cast<size_t>(2 * kStreamsAtOnce)) {
    return absl::ResourceExhaustedError(
        Concat("has more than ", 2 * kStreamsAtOnce, " calls open"));
  }
  streams_.emplace(frame.stream, Stream());
  return absl::OkStatus();
}

absl::Status FrameGuard::OnData(const Frame& frame, std::string_view payload,
                                std::string& to_server, bool& passes) {
  if ((frame.flags & kPadded) != 0) {
    return absl::InvalidArgumentError("sent padded data, which gRPC does not know");
  }
  if (const auto found = streams_.find(frame.stream); found != streams_.end()) {
    const absl::Status status = Scan(found->second, payload);
    if (!status.ok()) Refuse(frame.stream, status, to_server);
  }
  if (!refused_.contains(frame.stream)) return absl::OkStatus();  // gRPC drops what has ended
  passes = false;
  // gRPC does not see these bytes, so it will not give the client room for others.
  if (frame.length > 0) refusals_ += FrameOf(kWindowUpdate, 0, 0, Big32(frame.length));
  if ((frame.flags & kEndStream) != 0) refused_.erase(frame.stream);
  return absl::OkStatus();
}

absl::Status FrameGuard::Scan(Stream& stream, std::string_view payload) {
  if (!Charge(stream, 0, kFrameCost)) {
    return absl::ResourceExhaustedError("too many requests are coming in; try again later");
  }
  while (!payload.empty()) {
    if (stream.left > 0) {
      const size_t taken = std::min(payload.size(), static_cast<size_t>(stream.left));
      stream.left -= static_cast<int64_t>(taken);
      payload.remove_prefix(taken);
      continue;
    }
    const size_t taken = std::min(payload.size(), kPrefixBytes - stream.prefix.size());
    stream.prefix += payload.substr(0, taken);
    payload.remove_prefix(taken);
    if (stream.prefix.size() < kPrefixBytes) break;
    const absl::Status status = Announced(stream);
    if (!status.ok()) return status;
    stream.prefix.clear();
  }
  return absl::OkStatus();
}

absl::Status FrameGuard::Announced(Stream& stream) {
  int64_t length = 0;
  for (size_t i = 1; i < kPrefixBytes; ++i) {
    length = length << 8 | static_cast<uint8_t>(stream.prefix[i]);
  }
  if (stream.prefix[0] != 0) {
    return absl::UnimplementedError("compressed requests are refused; send it as it is");
  }
  if (length > most_bytes_) {
    return absl::ResourceExhaustedError(
        Concat("the request has ", length, " bytes; the limit is ", most_bytes_,
               is_known_ ? "" : " for the first call of a connection; make a small one before it"));
  }
  if (!Charge(stream, length, length)) {
    return absl::ResourceExhaustedError("too many large requests are coming in; try again later");
  }
  stream.left = length;
  return absl::OkStatus();
}

bool FrameGuard::Charge(Stream& stream, int64_t message_bytes, int64_t bytes) {
  if (!is_known_) {
    if (!accounts_.strangers.Take(address_, bytes)) return false;
    stream.strangers += bytes;
  } else if (message_bytes <= kSmallRequest) {
    if (!accounts_.small.Take(address_, bytes)) return false;
    stream.small += bytes;
  } else {
    if (!accounts_.large.Take(address_, bytes)) return false;
    stream.large += bytes;
  }
  return true;
}

void FrameGuard::Refuse(uint32_t id, const absl::Status& why, std::string& to_server) {
  std::string block;
  if (!streams_.at(id).has_response) {
    block += static_cast<char>(0x88);  // RFC 7541 appendix A: ":status: 200"
    AddField(block, "content-type", "application/grpc");
  }
  AddField(block, "grpc-status", Concat(static_cast<int>(why.code())));
  AddField(block, "grpc-message", std::string(why.message()));
  refusals_ += FrameOf(kHeaders, kEndHeaders | kEndStream, id, block);
  refusals_ += FrameOf(kReset, 0, id, Big32(kNoError));
  to_server += FrameOf(kReset, 0, id, Big32(kCancel));
  EndStream(id);
  refused_.insert(id);
  if (refused_.size() > kStreamsAtOnce) refused_.erase(refused_.begin());
}

void FrameGuard::GiveBack(Stream& stream) {
  accounts_.strangers.Give(address_, std::exchange(stream.strangers, 0));
  accounts_.small.Give(address_, std::exchange(stream.small, 0));
  accounts_.large.Give(address_, std::exchange(stream.large, 0));
}

void FrameGuard::EndStream(uint32_t id) {
  refused_.erase(id);
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  GiveBack(found->second);
  streams_.erase(found);
}

void FrameGuard::FromServer(std::string_view bytes, std::string& to_client) {
  while (!bytes.empty()) {
    if (server_left_ > 0) {
      const size_t taken = std::min(bytes.size(), server_left_);
      to_client += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
      server_left_ -= taken;
    } else {
      const size_t taken = std::min(bytes.size(), kHeaderBytes - server_header_.size());
      server_header_ += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
      if (server_header_.size() < kHeaderBytes) return;
      server_frame_ = Parse(server_header_);
      server_left_ = server_frame_.length;
      to_client += std::exchange(server_header_, "");
      NoteServerFrame();
    }
    if (server_left_ == 0) TakeRefusals(to_client);
  }
}

void FrameGuard::NoteServerFrame() {
  const Frame& frame = server_frame_;
  const bool is_block = frame.type == kHeaders || frame.type == kContinuation;
  if (is_block) is_server_in_block_ = (frame.flags & kEndHeaders) == 0;
  const auto found = streams_.find(frame.stream);
  if (found == streams_.end()) return;
  found->second.has_response = found->second.has_response || frame.type == kHeaders;
  const bool is_end =
      (frame.type == kHeaders || frame.type == kData) && (frame.flags & kEndStream) != 0;
  if (is_end || frame.type == kReset) EndStream(frame.stream);
}

void FrameGuard::TakeRefusals(std::string& to_client) {
  if (server_left_ > 0 || !server_header_.empty() || is_server_in_block_) return;
  to_client += std::exchange(refusals_, "");
}

void FrameGuard::SetKnown(int64_t most_bytes) {
  is_known_ = true;
  most_bytes_ = std::max(most_bytes_, most_bytes);
}

}  // namespace powerdown
