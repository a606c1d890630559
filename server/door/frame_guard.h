// Stands between a client's HTTP/2 and gRPC's, and refuses what gRPC 1.51 would read in full first:
// it buffers a message of any announced length, inflates it, and only then looks how long it is.
// Here a request that is compressed or too long is refused by the five bytes before it, with a
// status, while the connection goes on. Reads frames and never the headers in them. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "server/door/byte_account.h"

namespace powerdown {

class FrameGuard {
 public:
  // `accounts` are charged for requests in memory, under `address`.
  FrameGuard(RequestAccounts* accounts, std::string address)
      : accounts_(*accounts), address_(std::move(address)) {}
  ~FrameGuard();

  // Appends what may pass. An error says why the connection must end.
  absl::Status FromClient(std::string_view bytes, std::string& to_server);
  // Appends gRPC's bytes, and between them refusals.
  void FromServer(std::string_view bytes, std::string& to_client);
  // Appends the refusals that FromClient made, unless gRPC is within a frame.
  void TakeRefusals(std::string& to_client);
  // A call was admitted whose caller may send requests up to this size.
  void SetKnown(int64_t most_bytes);
  bool is_known() const { return is_known_; }
  bool has_called() const { return has_called_; }

 private:
  struct Frame {
    uint32_t length = 0;
    uint8_t type = 0;
    uint8_t flags = 0;
    uint32_t stream = 0;
  };
  struct Stream {
    std::string prefix;                           // of the message that comes; up to 5 bytes
    int64_t left = 0;                             // of the message, after its prefix
    bool has_response = false;                    // gRPC has sent headers
    int64_t strangers = 0, small = 0, large = 0;  // charged to the accounts
  };

  static Frame Parse(std::string_view header);
  absl::Status OnFrame(const Frame& frame, std::string_view bytes, std::string& to_server);
  absl::Status OnHeaders(const Frame& frame);
  absl::Status OnData(const Frame& frame, std::string_view payload, std::string& to_server,
                      bool& passes);
  absl::Status Scan(Stream& stream, std::string_view payload);
  absl::Status CheckBlock(const Frame& frame);
  absl::Status CheckStranger(const Frame& frame);
  // Ok, or with which status the call is refused.
  absl::Status Announced(Stream& stream);
  bool Charge(Stream& stream, int64_t message_bytes, int64_t bytes);
  void Refuse(uint32_t id, const absl::Status& why, std::string& to_server);
  void GiveBack(Stream& stream);
  void EndStream(uint32_t id);
  void NoteServerFrame();

  RequestAccounts& accounts_;
  const std::string address_;
  bool is_known_ = false;
  int64_t most_bytes_ = kTableRequest;
  bool has_called_ = false;

  std::string input_;  // of the client, less than a frame
  size_t preface_seen_ = 0;
  bool is_in_block_ = false;  // CONTINUATION must follow
  size_t block_bytes_ = 0;
  uint32_t last_stream_ = 0;
  int calls_ = 0;
  int other_frames_ = 0;
  int64_t all_bytes_ = 0;
  std::map<uint32_t, Stream> streams_;
  std::set<uint32_t> refused_;  // whose client still sends; the last kStreamsAtOnce

  std::string server_header_;
  Frame server_frame_;
  size_t server_left_ = 0;
  bool is_server_in_block_ = false;
  std::string refusals_;
};

}  // namespace powerdown
