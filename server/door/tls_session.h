// TLS of one connection without its socket: bytes in, bytes out. Not thread-safe; the context is.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace powerdown {

// The daemon's certificate, key and settings: TLS 1.2 or newer, HTTP/2.
class TlsContext {
 public:
  static absl::StatusOr<std::shared_ptr<const TlsContext>> Make(const std::string& certificate_pem,
                                                                const std::string& key_pem);
  ~TlsContext();
  SSL_CTX* context() const { return context_; }

 private:
  explicit TlsContext(SSL_CTX* context) : context_(context) {}
  SSL_CTX* const context_;
};

class TlsSession {
 public:
  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // What came from the client: appends what it says, and what the handshake answers. An error ends
  // the connection: Cancelled if the client closed it.
  absl::Status Receive(std::string_view sealed, std::string& plain, std::string& to_client);
  // Once IsEstablished.
  absl::Status Send(std::string_view plain, std::string& to_client);
  bool IsEstablished() const;

 private:
  absl::Status Read(std::string& plain);
  void TakeSealed(std::string& to_client);

  const std::shared_ptr<const TlsContext> context_;
  SSL* const tls_;
};

}  // namespace powerdown
