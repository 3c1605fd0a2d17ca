// Collects datagrams and sends many in one system call (sendmmsg). Packets of one size for one receiver form one
// message, which Linux splits (UDP GSO).
#ifndef CADEAU_BATCH_H
#define CADEAU_BATCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "send/frame.h"

struct sender;

#define EXTENSIONS_BYTES_MAX (4 + (2 + 3 + 2 + DESCRIPTOR_BYTES_MAX + 3) / 4 * 4)  // two extensions with id and length
#define PACKET_BYTES_MAX (12 + EXTENSIONS_BYTES_MAX + REPAIR_BYTES + PAYLOAD_BYTES_MAX + 16)  // the last 16 are the tag
#define BATCH_MESSAGES_MAX 256
#define BATCH_BYTES (FRAME_PACKETS_MAX * PACKET_BYTES_MAX + 32768)

struct message {
    struct sender *sender;
    uint32_t segments;  // number of packets
    uint32_t segment;   // bytes of each packet; the last may be shorter
};

struct batch {
    bool gso;
    int count;
    size_t used;
    uint64_t dropped;  // packets that could not be sent
    uint8_t *buffer;
    struct mmsghdr *headers;
    struct iovec *parts;
    struct message *messages;
    struct control *controls;
};

bool batch_open(struct batch *batch, bool gso);
void batch_close(struct batch *batch);

// Whether so many packets for one sender fit in any case; if not, call `batch_send` first.
bool batch_has_room(const struct batch *batch, int packets);

// Where to write the next packet.
static inline uint8_t *batch_end(const struct batch *batch) { return batch->buffer + batch->used; }

// Adds the packet of `bytes` bytes at `batch_end`. `fresh`: it is the first one for this sender.
void batch_append(struct batch *batch, struct sender *sender, size_t bytes, bool fresh);

// Sends everything. Never waits; what the socket has no room for is lost, as on any network. A negative socket is a
// closed one.
void batch_send(struct batch *batch, int socket);

#endif
