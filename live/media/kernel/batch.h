// Datagrams collected and handed to the kernel together: many in one system call (sendmmsg), and of each the packets of
// one size as one, which the kernel cuts apart (UDP GSO).
#ifndef CADEAU_BATCH_H
#define CADEAU_BATCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "frame.h"

struct sender;

#define EXTENSIONS_BYTES_MAX (4 + (2 + 3 + 2 + DESCRIPTOR_BYTES_MAX + 3) / 4 * 4)  // two, each behind id and length
#define PACKET_BYTES_MAX (12 + EXTENSIONS_BYTES_MAX + REPAIR_BYTES + PAYLOAD_BYTES_MAX + 16)  // at the end the tag
#define BATCH_MESSAGES_MAX 256
#define BATCH_BYTES (FRAME_PACKETS_MAX * PACKET_BYTES_MAX + 32768)

struct message {
    struct sender *sender;
    uint32_t segments;  // packets in it
    uint32_t segment;   // bytes of each; the last may be shorter
};

struct batch {
    bool gso;
    int count;
    size_t used;
    uint64_t dropped;  // packets the kernel did not take
    uint8_t *buffer;
    struct mmsghdr *headers;
    struct iovec *parts;
    struct message *messages;
    struct control *controls;
};

bool batch_open(struct batch *batch, bool gso);
void batch_close(struct batch *batch);

// Whether packets of one sender certainly fit; if not, send first.
bool batch_has_room(const struct batch *batch, int packets);

// Where the next packet is to be written.
static inline uint8_t *batch_end(const struct batch *batch) { return batch->buffer + batch->used; }

// The packet of `bytes` bytes at `batch_end` is complete. `fresh`: the first one of this sender.
void batch_append(struct batch *batch, struct sender *sender, size_t bytes, bool fresh);

// Hands everything to the kernel. Never waits; what is not taken is lost, as on any network. A socket below 0 is a
// closed one.
void batch_send(struct batch *batch, int socket);

#endif
