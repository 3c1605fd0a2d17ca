// Sends one track to one subscriber: all that its packets need, in one place and without Python objects.
#ifndef CADEAU_SENDER_H
#define CADEAU_SENDER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "send/frame.h"
#include "crypto/srtp.h"

#define CACHE_LINE_BYTES 64

// See live.media.fanout.engine.RewriteOffsets.
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
    int64_t newest;  // the number of its fan-out's newest frame that it has been sent, or must not be sent
    int64_t first;   // no packet before this one is sent
    struct offsets offsets;
    struct route route;
    bool streamed;   // reached by TCP: there is no address
    uint8_t singly;  // messages still to be sent without GSO, which the route has refused
    struct address address;
    uint64_t packets, bytes;
    int64_t repaired;  // SRTP index of the next retransmission
    void *owner;       // the Python object
    struct srtp srtp;
};

// For a packet that is sent again: its offsets of the first time, and the time now.
struct again {
    struct offsets offsets;
    uint32_t send_time;
};

// Writes an encrypted packet; `at` needs room as for `srtp_seal`. Returns its size, 0 if encryption failed.
// It changes the frame's payload while it runs: one thread at a time.
size_t sender_write(const struct sender *sender, const struct packet *packet, uint8_t *at);

// The same for a packet that is sent again: as a retransmission (RFC 4588) if that was agreed, else unchanged.
size_t sender_write_again(struct sender *sender, const struct packet *packet, const struct again *again, uint8_t *at);

// Loads it into the processor's cache.
static inline void sender_prefetch(const struct sender *sender) {
    for (size_t at = 0; at < sizeof *sender; at += CACHE_LINE_BYTES) __builtin_prefetch((const char *)sender + at);
}

#endif
