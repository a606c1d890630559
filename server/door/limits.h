// Every bound of what comes in from outside, in one place; docs/operating.md lists them. A stranger
// is a connection on which no call was admitted yet; the others are known.
//
// What strangers can make the daemon hold: 16 connections of at most 32 calls, and 4 MiB of their
// requests. tests/support/hostile measures that it stays under 64 MiB.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace powerdown {

// --- a request in bytes, by RPC (server/rpc/permissions.cc says which) ---

inline constexpr int64_t kSmallRequest = 64 << 10;   // ids, names, notes, filters
inline constexpr int64_t kTableRequest = 2 << 20;    // a spec, whose table may have 1 MiB
inline constexpr int64_t kImportRequest = 64 << 20;  // a bundle of runs

// --- requests in memory, in bytes: taken when one is announced, given back when its call ends ---

inline constexpr int64_t kStrangersInFlight = 4 << 20;
inline constexpr int64_t kStrangersInFlightOfAddress = 3 << 20;
inline constexpr int64_t kSmallInFlight = 64 << 20;  // of known callers, up to kSmallRequest each
inline constexpr int64_t kSmallInFlightOfAddress = 32 << 20;
// … and above that: gRPC holds one twice while it parses it, and all of it is to stay under 256
// MiB.
inline constexpr int64_t kLargeInFlight = 96 << 20;
inline constexpr int64_t kLargeInFlightOfAddress = 66 << 20;
// What gRPC holds for a DATA frame beside its bytes. Without it, frames of one byte are free.
inline constexpr int64_t kFrameCost = 128;

// --- frames of HTTP/2 ---

inline constexpr size_t kFrameBytes = 16 << 10;  // RFC 9113 6.5.2: what gRPC's server announces
inline constexpr size_t kHeaderBlockBytes = 16 << 10;  // gRPC's bound on metadata is 8 KiB
inline constexpr int kStreamsAtOnce = 128;             // of a connection
inline constexpr int kStrangerCalls = 32;              // in all; a client makes one and is known
inline constexpr int kStrangerFrames = 512;            // that are no DATA
inline constexpr int64_t kStrangerBytes = kTableRequest + (256 << 10);  // in all

// --- connections over TCP, and of accounts of this machine that are not the daemon's own ---

inline constexpr int kMostConnections = 512;
inline constexpr int kMostConnectionsOfAddress = 256;
inline constexpr int kMostStrangers = 16;
inline constexpr int kMostStrangersOfAddress = 8;
inline constexpr int kMostWaiting = 256;  // accepted, no byte read: a descriptor each
// TLS handshakes cost a fifth of a millisecond each; 200 clients may come back at once.
inline constexpr double kHandshakesAtOnce = 256;
inline constexpr absl::Duration kHandshakePeriod = absl::Milliseconds(10);
inline constexpr absl::Duration kWaitLimit = absl::Seconds(10);  // till a stranger's turn comes
inline constexpr absl::Duration kFirstCallLimit =
    absl::Seconds(10);                                              // TLS, settings, first headers
inline constexpr absl::Duration kStrangerLimit = absl::Minutes(1);  // till a call is admitted
inline constexpr absl::Duration kStrangerTurn = absl::Seconds(2);   // … while others wait

// --- connections of the daemon's own account, on the unix socket ---

inline constexpr int kMostOwnerConnections = 512;

// Read and not yet written on: of a connection, in each direction.
inline constexpr size_t kRelayBytes = 64 << 10;

}  // namespace powerdown
