// One subscriber's end of one track: what every packet of theirs needs, in one place and no Python object among it.
#ifndef CADEAU_SENDER_H
#define CADEAU_SENDER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "frame.h"
#include "srtp.h"

#define CACHE_LINE_BYTES 64

// How a subscriber's offsets differ from its stream's: see live.media.fanout.engine.RewriteOffsets.
struct offsets {
    int64_t origin;
    uint32_t timestamp;
    uint16_t picture;
    uint16_t frame;
    uint8_t tl0;
    bool counts_pictures;
};

struct route {
    uint32_t ssrc, repair_ssrc;
    uint8_t payload_type, repair_type;
    uint8_t send_time, dependency;  // ids of the header extensions; 0: none
};

struct address {
    union {
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t bytes;
};

struct sender {
    int64_t newest;  // of its fan-out's frames, by their number, the newest it was sent, or that it came after
    int64_t first;   // no packet before this one
    struct offsets offsets;
    struct route route;
    bool streamed;   // by TCP: there is no address
    uint8_t singly;  // messages that still go packet by packet, because the route refused GSO
    struct address address;
    uint64_t packets, bytes;
    int64_t repaired;  // SRTP index of the next retransmission
    void *owner;       // the Python object
    struct srtp srtp;
};

// To send again what was lost: the offsets it had at first, and the time it is now.
struct again {
    struct offsets offsets;
    uint32_t send_time;
};

// Writes a packet for this subscriber; room as `srtp_seal` needs it. Returns its size, 0 when it cannot be encrypted.
// While it is under way the frame's payloads are changed: one thread at a time.
size_t sender_write(const struct sender *sender, const struct packet *packet, uint8_t *at);

// The same once more: as a retransmission (RFC 4588) if one was agreed, else as it was.
size_t sender_write_again(struct sender *sender, const struct packet *packet, const struct again *again, uint8_t *at);

// Brings it into the cache.
static inline void sender_prefetch(const struct sender *sender) {
    for (size_t at = 0; at < sizeof *sender; at += CACHE_LINE_BYTES) __builtin_prefetch((const char *)sender + at);
}

#endif
