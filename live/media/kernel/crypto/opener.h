// Decrypts what one peer sends. Refuses what is forged or replayed (RFC 3711, 3.3), or from too many SSRCs.
#ifndef CADEAU_OPENER_H
#define CADEAU_OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/srtp.h"

#define RTP_HEADER_BYTES 12  // without CSRCs and extension
#define SOURCES_MAX 16  // SSRCs that one peer may send
#define REPLAY_PACKETS 1024  // how far behind the newest a packet may be

// The replay window of one stream.
struct window {
    bool begun;
    uint64_t highest;  // index
    uint64_t seen[REPLAY_PACKETS / 64];  // ring, by index
};

struct source {
    uint32_t ssrc;
    struct window rtp, rtcp;
};

struct opener {
    struct srtp rtp, rtcp;
    int count;
    struct source *sources;
};

// False if memory is short or libcrypto fails; then there is nothing to close.
bool opener_open(struct opener *opener, enum cipher cipher, bool aead, const uint8_t *key, const uint8_t *salt);
void opener_close(struct opener *opener);

// Decrypts in place. Needs GCM_SLACK_BYTES of room behind the packet, and overwrites them. Returns the size of what is
// left, 0 if it is refused.
size_t opener_rtp(struct opener *opener, uint8_t *packet, size_t bytes);
size_t opener_rtcp(struct opener *opener, uint8_t *packet, size_t bytes);

// The size of an RTP header with CSRCs and header extension; 0 if it is malformed.
size_t rtp_header_bytes(const uint8_t *packet, size_t bytes);

#endif
