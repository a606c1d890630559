// SHA-256 (FIPS 180-4) by OpenSSL. Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace powerdown {

// Hashes bytes piece by piece. Not thread-safe.
class Sha256 {
 public:
  static constexpr size_t kDigestBytes = 32;
  Sha256();
  void Add(std::string_view bytes);
  std::string Digest();  // 32 raw bytes; call once

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

std::string Sha256Of(std::string_view bytes);   // 32 raw bytes
std::string Sha256Hex(std::string_view bytes);  // 64 lower-case hex digits

}  // namespace powerdown
