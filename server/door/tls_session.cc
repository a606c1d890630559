#include "server/door/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <utility>

#include "absl/memory/memory.h"

namespace powerdown {
namespace {

// RFC 7301: a list of names, each after its length.
constexpr unsigned char kHttp2[] = {2, 'h', '2'};
constexpr size_t kRecordBytes = 16 << 10;  // RFC 8446 5.1

int ChooseHttp2(SSL*, const unsigned char** chosen, unsigned char* size,
                const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int result =
      SSL_select_next_proto(&found, size, kHttp2, sizeof(kHttp2), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool UseIdentity(SSL_CTX* context, const std::string& certificate_pem, const std::string& key_pem) {
  const auto open = [](const std::string& pem) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  };
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(open(certificate_pem).get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(open(key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  return certificate != nullptr && key != nullptr &&
         SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
         SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Make(
    const std::string& certificate_pem, const std::string& key_pem) {
  std::shared_ptr<const TlsContext> made =
      absl::WrapUnique(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* const context = made->context();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A renegotiation is a handshake that no bound counts; a ticket is state that nobody needs.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // a silent watcher then holds 34 KiB less
  SSL_CTX_set_alpn_select_cb(context, ChooseHttp2, nullptr);
  if (!UseIdentity(context, certificate_pem, key_pem)) {
    ERR_clear_error();
    return absl::FailedPreconditionError("certificate and key cannot be used together");
  }
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context)
    : context_(std::move(context)), tls_(SSL_new(context_->context())) {
  SSL_set_bio(tls_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(tls_);
}

TlsSession::~TlsSession() {
  SSL_free(tls_);
}

absl::Status TlsSession::Receive(std::string_view sealed, std::string& plain,
                                 std::string& to_client) {
  BIO_write(SSL_get_rbio(tls_), sealed.data(), static_cast<int>(sealed.size()));
  const absl::Status status = Read(plain);
  TakeSealed(to_client);  // also an alert that says what is wrong
  return status;
}

absl::Status TlsSession::Read(std::string& plain) {
  char piece[kRecordBytes];
  for (;;) {
    ERR_clear_error();
    const int count = SSL_read(tls_, piece, sizeof(piece));  // shakes hands first
    if (count > 0) {
      plain.append(piece, static_cast<size_t>(count));
      continue;
    }
    const int error = SSL_get_error(tls_, count);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return absl::OkStatus();
    if (error == SSL_ERROR_ZERO_RETURN) return absl::CancelledError("closed by the client");
    return absl::InvalidArgumentError(
        SSL_is_init_finished(tls_) == 1 ? "sent broken TLS" : "did not complete the TLS handshake");
  }
}

bool TlsSession::IsEstablished() const {
  return SSL_is_init_finished(tls_) == 1;
}

absl::Status TlsSession::Send(std::string_view plain, std::string& to_client) {
  if (plain.empty()) return absl::OkStatus();
  ERR_clear_error();
  // A buffer in memory takes all of it.
  if (SSL_write(tls_, plain.data(), static_cast<int>(plain.size())) !=
      static_cast<int>(plain.size())) {
    ERR_clear_error();
    return absl::InvalidArgumentError("broke the TLS connection");
  }
  TakeSealed(to_client);
  return absl::OkStatus();
}

void TlsSession::TakeSealed(std::string& to_client) {
  char* bytes = nullptr;
  BIO* const sealed = SSL_get_wbio(tls_);
  const long count = BIO_get_mem_data(sealed, &bytes);
  if (count > 0) to_client.append(bytes, static_cast<size_t>(count));
  BIO_reset(sealed);
}

}  // namespace powerdown
