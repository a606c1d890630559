// A certificate that was made while a clock was wrong: valid from 2035 to 2045. For tests alone.
#pragma once

namespace powerdown {

inline constexpr char kDatedKey[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5wIx/cyA6aDveDnk
V/6pSdY3cxknYcjb8aRCd9Z4cLuhRANCAATv3duFyqqHTJ451ccZyzb83ix2b0DX
o9rODy6RauRa3jwwoueVmrlvDwKc64xKWGBwel3SXZ9r/a+OB+Roa9cK
-----END PRIVATE KEY-----
)";
inline constexpr char kDatedCertificate[] = R"(-----BEGIN CERTIFICATE-----
MIIBXzCCAQWgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlwb3dlcmRv
d24wHhcNMzUwMTAxMDAwMDAwWhcNNDUwMTAxMDAwMDAwWjAUMRIwEAYDVQQDDAlw
b3dlcmRvd24wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATv3duFyqqHTJ451ccZ
yzb83ix2b0DXo9rODy6RauRa3jwwoueVmrlvDwKc64xKWGBwel3SXZ9r/a+OB+Ro
a9cKo0gwRjAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQNMAuCCXBvd2VyZG93bjAd
BgNVHQ4EFgQUdXodFgv9rOvA9wC5gciJJ3/flo4wCgYIKoZIzj0EAwIDSAAwRQIh
AIV92CnhG1W6b4Bs303Lfi83U/Z5YdHQXFlGK0LkFw1wAiA20qN13w18ethgDpN4
Yyjjbbm/BzLzCRd6eAzS26yXug==
-----END CERTIFICATE-----
)";

}  // namespace powerdown
