// A TLS client on a blocking socket that a test holds in its hand. Not thread-safe.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>

namespace powerdown {

// Connects from any address of 127.0.0.0/8. No call waits for more than a second.
class TcpClient {
 public:
  explicit TcpClient(int port, const std::string& from = "127.0.0.1")
      : number_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval second = {1, 0};
    setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
    setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
    sockaddr_in here = Address(from, 0);
    sockaddr_in there = Address("127.0.0.1", port);
    is_open_ = bind(number_, reinterpret_cast<const sockaddr*>(&here), sizeof(here)) == 0 &&
               connect(number_, reinterpret_cast<const sockaddr*>(&there), sizeof(there)) == 0;
  }
  ~TcpClient() { close(number_); }
  TcpClient(const TcpClient&) = delete;

  bool is_open() const { return is_open_; }
  int number() const { return number_; }
  bool Send(const std::string& bytes) const {
    return send(number_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }

 private:
  static sockaddr_in Address(const std::string& host, int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    return address;
  }
  const int number_;
  bool is_open_ = false;
};

class TlsClient {
 public:
  explicit TlsClient(int port, const std::string& from = "127.0.0.1")
      : tcp_(port, from), context_(SSL_CTX_new(TLS_client_method())), tls_(SSL_new(context_)) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to what the other side has closed
    const unsigned char http2[] = {2, 'h', '2'};
    SSL_set_alpn_protos(tls_, http2, sizeof(http2));
    SSL_set_fd(tls_, tcp_.number());
    is_open_ = tcp_.is_open() && SSL_connect(tls_) == 1;
  }
  ~TlsClient() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;

  bool is_open() const { return is_open_; }
  bool Send(const std::string& bytes) {
    is_open_ = is_open_ && SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) ==
                               static_cast<int>(bytes.size());
    return is_open_;
  }
  // What comes next; empty at the end, or after a second.
  std::string Receive() {
    char piece[16384];
    const int count = is_open_ ? SSL_read(tls_, piece, sizeof(piece)) : 0;
    return count > 0 ? std::string(piece, static_cast<size_t>(count)) : "";
  }

 private:
  TcpClient tcp_;
  SSL_CTX* const context_;
  SSL* const tls_;
  bool is_open_ = false;
};

}  // namespace powerdown
