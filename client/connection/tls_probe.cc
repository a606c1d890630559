#include "client/connection/tls_probe.h"

#include <fcntl.h>
#include <netdb.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/time/clock.h"
#include "common/base/pairing.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/descriptor.h"

namespace powerdown {
namespace {

// False when the deadline came first.
bool AwaitReady(int socket, short events, absl::Time deadline) {
  pollfd ready{socket, events, 0};
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  return left > 0 && poll(&ready, 1, static_cast<int>(left)) > 0;
}

absl::Status CannotReach(const std::string& address, const std::string& cause) {
  return absl::UnavailableError(Concat("cannot reach the daemon at ", address, ": ", cause));
}

std::optional<int> TryConnect(const addrinfo& found, absl::Time deadline, std::string& cause) {
  const int number = socket(found.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int error = connect(number, found.ai_addr, found.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    socklen_t size = sizeof(error);
    error = ETIMEDOUT;
    if (AwaitReady(number, POLLOUT, deadline)) {
      getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) return number;
  cause = std::strerror(error);
  close(number);
  return std::nullopt;
}

absl::StatusOr<Descriptor> ConnectTo(const std::string& address, absl::Time deadline) {
  ASSIGN_OR_RETURN(const HostPort target, ParseHostPort(address));
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (failed != 0) return CannotReach(address, gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  std::string cause = "no address";
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    if (const std::optional<int> number = TryConnect(*next, deadline, cause))
      return Descriptor(*number);
  }
  return CannotReach(address, cause);
}

bool Handshake(SSL* tls, int socket, absl::Time deadline) {
  for (;;) {
    const int result = SSL_connect(tls);
    if (result == 1) return true;
    const int error = SSL_get_error(tls, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return false;
    const short events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    if (!AwaitReady(socket, events, deadline)) return false;
  }
}

std::string KeyFingerprintOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return "";
  const std::string hash =
      Sha256Hex({reinterpret_cast<const char*>(der), static_cast<size_t>(size)});
  OPENSSL_free(der);
  return hash;
}

absl::Time TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return absl::InfinitePast();
  return absl::FromTM(parts, absl::UTCTimeZone());
}

ShownCertificate Read(X509* certificate) {
  ShownCertificate shown;
  shown.key_fingerprint = KeyFingerprintOf(certificate);
  shown.not_before = TimeOf(X509_get0_notBefore(certificate));
  shown.not_after = TimeOf(X509_get0_notAfter(certificate));
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), BIO_free_all);
  PEM_write_bio_X509(memory.get(), certificate);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  shown.pem.assign(text, static_cast<size_t>(size));
  unsigned char* der = nullptr;
  const int der_size = i2d_X509(certificate, &der);
  if (der_size <= 0) return shown;
  shown.fingerprint =
      Sha256Hex({reinterpret_cast<const char*>(der), static_cast<size_t>(der_size)});
  OPENSSL_free(der);
  return shown;
}

}  // namespace

absl::Status CheckDates(const ShownCertificate& shown, const std::string& address, absl::Time now) {
  if (now >= shown.not_before && now <= shown.not_after) return absl::OkStatus();
  const auto day = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
  };
  return CannotReach(address,
                     Concat("its certificate is valid from ", day(shown.not_before), " to ",
                            day(shown.not_after), ", and this computer's clock says ", day(now),
                            "; set the clock, or restart the daemon if its own was wrong"));
}

std::string KeyFingerprintOf(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), X509_free);
  return certificate == nullptr ? "" : KeyFingerprintOf(certificate.get());
}

absl::StatusOr<ShownCertificate> FetchCertificate(const std::string& address,
                                                  absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  ASSIGN_OR_RETURN(const Descriptor socket, ConnectTo(address, deadline));
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  // Whoever it is: this only looks. What is seen is then compared with what was pinned.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
  static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
  SSL_set_alpn_protos(tls.get(), kHttp2, sizeof(kHttp2));
  SSL_set_fd(tls.get(), socket.number());
  const bool has_shaken = Handshake(tls.get(), socket.number(), deadline);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      SSL_get1_peer_certificate(tls.get()), X509_free);
  if (!has_shaken || certificate == nullptr) {
    return CannotReach(address, "the server there is not a PowerDown daemon (bad TLS)");
  }
  return Read(certificate.get());
}

}  // namespace powerdown
