#include "server/door/tls_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "server/access/certificate.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class TlsSessionTest : public ::testing::Test {
 protected:
  TlsSessionTest() {
    SSL_set_bio(client_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(client_);
  }
  ~TlsSessionTest() override {
    SSL_free(client_);
    SSL_CTX_free(client_context_);
  }
  std::string FromClient() {
    char* bytes = nullptr;
    const long count = BIO_get_mem_data(SSL_get_wbio(client_), &bytes);
    std::string taken(bytes, static_cast<size_t>(count));
    BIO_reset(SSL_get_wbio(client_));
    return taken;
  }
  void ToClient(const std::string& bytes) {
    BIO_write(SSL_get_rbio(client_), bytes.data(), static_cast<int>(bytes.size()));
  }
  // One round of the handshake, or more.
  void Shake() {
    for (int i = 0; i < 5 && SSL_do_handshake(client_) != 1; ++i) {
      std::string plain, answer;
      ASSERT_TRUE(session_.Receive(FromClient(), plain, answer).ok());
      ToClient(answer);
    }
    ASSERT_TRUE(SSL_is_init_finished(client_));
  }

  const TemporaryFolder folder_;
  const Certificate certificate_ =
      *EnsureCertificate(folder_.path(), absl::FromUnixSeconds(1'800'000'000));
  const std::shared_ptr<const TlsContext> context_ =
      *TlsContext::Make(certificate_.certificate_pem, certificate_.private_key_pem);
  TlsSession session_{context_};
  SSL_CTX* const client_context_ = SSL_CTX_new(TLS_client_method());
  SSL* const client_ = SSL_new(client_context_);
};

TEST_F(TlsSessionTest, OpensAndSealsWhatIsLongerThanARecord) {
  Shake();
  const std::string long_text(100'000, 'x');
  ASSERT_EQ(SSL_write(client_, long_text.data(), static_cast<int>(long_text.size())), 100'000);
  std::string plain, answer;
  const std::string sealed = FromClient();
  for (size_t i = 0; i < sealed.size(); i += 1000) {
    ASSERT_TRUE(session_.Receive(std::string_view(sealed).substr(i, 1000), plain, answer).ok());
  }
  EXPECT_EQ(plain, long_text);

  std::string to_client;
  ASSERT_TRUE(session_.Send(long_text, to_client).ok());
  ASSERT_TRUE(session_.Send("", to_client).ok());
  ToClient(to_client);
  std::string heard(long_text.size(), '\0');
  size_t count = 0;
  for (int more = 1; more > 0; count += static_cast<size_t>(std::max(more, 0))) {
    more = SSL_read(client_, heard.data() + count, static_cast<int>(heard.size() - count));
  }
  EXPECT_EQ(heard, long_text);
}

TEST_F(TlsSessionTest, RefusesOldVersionsAndOtherProtocols) {
  SSL_set_max_proto_version(client_, TLS1_1_VERSION);
  SSL_set_security_level(client_, 0);
  SSL_do_handshake(client_);
  std::string plain, answer;
  const absl::Status old = session_.Receive(FromClient(), plain, answer);
  EXPECT_THAT(std::string(old.message()), HasSubstr("did not complete the TLS handshake"));
  EXPECT_FALSE(answer.empty());  // an alert says why

  SSL* const http1 = SSL_new(client_context_);
  const unsigned char names[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_set_alpn_protos(http1, names, sizeof(names));
  SSL_set_bio(http1, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(http1);
  SSL_do_handshake(http1);
  char* bytes = nullptr;
  const long count = BIO_get_mem_data(SSL_get_wbio(http1), &bytes);
  EXPECT_FALSE(TlsSession(context_)
                   .Receive(std::string_view(bytes, static_cast<size_t>(count)), plain, answer)
                   .ok());
  SSL_free(http1);
}

TEST_F(TlsSessionTest, AClientThatSaysGoodbyeOrNonsenseEndsIt) {
  Shake();
  SSL_shutdown(client_);
  std::string plain, answer;
  EXPECT_TRUE(absl::IsCancelled(session_.Receive(FromClient(), plain, answer)));
  EXPECT_TRUE(absl::IsInvalidArgument(
                  TlsSession(context_).Receive("\x16\x03\x01 nonsense", plain, answer)) ||
              answer.empty());
  EXPECT_FALSE(TlsSession(context_).Receive("GET / HTTP/1.1\r\n\r\n", plain, answer).ok());
}

TEST_F(TlsSessionTest, ACertificateWithoutItsKeyIsRefused) {
  const TemporaryFolder other;
  const Certificate another =
      *EnsureCertificate(other.path(), absl::FromUnixSeconds(1'800'000'000));
  EXPECT_FALSE(TlsContext::Make(certificate_.certificate_pem, another.private_key_pem).ok());
  EXPECT_FALSE(TlsContext::Make("", "").ok());
}

}  // namespace
}  // namespace powerdown
