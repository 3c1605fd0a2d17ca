// One viewer's end of one track: what every packet of theirs needs, in one place and no Python object among it.
#ifndef CADEAU_OUTLET_H
#define CADEAU_OUTLET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "frame.h"
#include "srtp.h"

#define CACHE_LINE_BYTES 64

// How a viewer's numbers differ from its rendition's: see live.media.fanout.engine.Numbers.
struct numbers {
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

struct outlet {
    int64_t newest;  // of its fan-out's frames, by their number, the newest it was sent, or that it came after
    int64_t first;   // no packet before this one
    struct numbers numbers;
    struct route route;
    bool streamed;   // by TCP: there is no address
    uint8_t singly;  // messages that still go packet by packet, because the route refused GSO
    struct address address;
    uint64_t packets, bytes;
    int64_t repaired;  // SRTP index of the next retransmission
    void *owner;       // the Python object
    struct srtp srtp;
};

// To send again what was lost: the numbers it had at first, and the time it is now.
struct again {
    struct numbers numbers;
    uint32_t send_time;
};

// Writes a packet for this viewer; room as `srtp_seal` needs it. Returns its size, 0 when it cannot be encrypted.
// While it is under way the frame's payloads are changed: one thread at a time.
size_t outlet_write(const struct outlet *outlet, const struct packet *packet, uint8_t *at);

// The same once more: as a retransmission (RFC 4588) if one was agreed, else as it was.
size_t outlet_write_again(struct outlet *outlet, const struct packet *packet, const struct again *again, uint8_t *at);

// Brings it into the cache.
static inline void outlet_prefetch(const struct outlet *outlet) {
    for (size_t at = 0; at < sizeof *outlet; at += CACHE_LINE_BYTES) __builtin_prefetch((const char *)outlet + at);
}

#endif
