// Decrypts what one peer sends, and refuses what is forged, repeated, or from more sources than anybody needs
// (RFC 3711, 3.3).
#ifndef CADEAU_OPENER_H
#define CADEAU_OPENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "srtp.h"

#define RTP_HEADER_BYTES 12  // without CSRCs and extension
#define SOURCES_MAX 16  // SSRCs one peer may send
#define REPLAY_PACKETS 1024  // how far back a packet may lie behind the newest

// What has come of one stream.
struct window {
    bool begun;
    uint64_t highest;  // index
    uint64_t seen[REPLAY_PACKETS / 64];  // by index, around and around
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

// False when memory is short or libcrypto refuses; then there is nothing to close.
bool opener_open(struct opener *opener, enum cipher cipher, bool aead, const uint8_t *key, const uint8_t *salt);
void opener_close(struct opener *opener);

// Decrypts in place. Needs GCM_SLACK_BYTES of room behind the packet, and overwrites them. Returns the size that is left,
// 0 when it is refused.
size_t opener_rtp(struct opener *opener, uint8_t *packet, size_t bytes);
size_t opener_rtcp(struct opener *opener, uint8_t *packet, size_t bytes);

// The bytes of a well-formed packet's header, its CSRCs and header extension included; 0 when it is none.
size_t rtp_header_bytes(const uint8_t *packet, size_t bytes);

#endif
