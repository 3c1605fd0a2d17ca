#define _GNU_SOURCE
#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gcm.h"
#include "rtp_sender.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define SEGMENTS_MAX 64
#define DATAGRAM_BYTES_MAX 65000
#define SINGLY_MESSAGES 250  // that go packet by packet after a route refused GSO, before it is tried again

// A control message that asks for GSO.
struct control {
    _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(uint16_t))];
};

bool batch_open(struct batch *batch, bool gso) {
    memset(batch, 0, sizeof *batch);
    batch->gso = gso;
    batch->buffer = calloc(1, BATCH_BYTES + GCM_SLACK_BYTES);
    batch->headers = calloc(BATCH_MESSAGES_MAX, sizeof *batch->headers);
    batch->parts = calloc(BATCH_MESSAGES_MAX, sizeof *batch->parts);
    batch->messages = calloc(BATCH_MESSAGES_MAX, sizeof *batch->messages);
    batch->controls = calloc(BATCH_MESSAGES_MAX, sizeof *batch->controls);
    if (!batch->buffer || !batch->headers || !batch->parts || !batch->messages || !batch->controls) return false;
    for (int i = 0; i < BATCH_MESSAGES_MAX; i++) {  // what is the same every time
        struct msghdr *header = &batch->headers[i].msg_hdr;
        header->msg_iov = &batch->parts[i];
        header->msg_iovlen = 1;
        header->msg_control = batch->controls[i].bytes;
        struct cmsghdr *control = (struct cmsghdr *)batch->controls[i].bytes;
        control->cmsg_level = IPPROTO_UDP;
        control->cmsg_type = UDP_SEGMENT;
        control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    }
    return true;
}

void batch_close(struct batch *batch) {
    free(batch->buffer);
    free(batch->headers);
    free(batch->parts);
    free(batch->messages);
    free(batch->controls);
    memset(batch, 0, sizeof *batch);
}

bool batch_has_room(const struct batch *batch, int packets) {
    return batch->count + packets <= BATCH_MESSAGES_MAX &&
           batch->used + (size_t)packets * PACKET_BYTES_MAX <= BATCH_BYTES;
}

// Whether the kernel can cut a packet off the end of a message: all of one size, the last perhaps shorter.
static bool continues(const struct batch *batch, const struct message *message, size_t so_far, size_t bytes) {
    return batch->gso && !message->sender->singly && bytes <= message->segment &&
           so_far == (size_t)message->segments * message->segment && message->segments < SEGMENTS_MAX &&
           so_far + bytes <= DATAGRAM_BYTES_MAX;
}

void batch_append(struct batch *batch, struct sender *sender, size_t bytes, bool fresh) {
    uint8_t *start = batch_end(batch);
    batch->used += bytes;
    if (!fresh) {
        struct message *message = &batch->messages[batch->count - 1];
        struct iovec *part = &batch->parts[batch->count - 1];
        if (continues(batch, message, part->iov_len, bytes)) {
            part->iov_len += bytes;
            message->segments++;
            return;
        }
    }
    if (sender->singly) sender->singly--;
    int i = batch->count++;
    batch->messages[i] = (struct message){sender, 1, (uint32_t)bytes};
    batch->parts[i] = (struct iovec){start, bytes};
    batch->headers[i].msg_hdr.msg_name = &sender->address;
    batch->headers[i].msg_hdr.msg_namelen = sender->address.bytes;
}

// GSO is asked for only where there is something to cut.
static void ask_for_gso(struct batch *batch) {
    for (int i = 0; i < batch->count; i++) {
        bool cut = batch->messages[i].segments > 1;
        uint16_t segment = (uint16_t)batch->messages[i].segment;
        batch->headers[i].msg_hdr.msg_controllen = cut ? sizeof batch->controls[i].bytes : 0;
        if (cut) memcpy(CMSG_DATA((struct cmsghdr *)batch->controls[i].bytes), &segment, sizeof segment);
    }
}

static bool refuses_gso(int error) {
    return error == EINVAL || error == EIO || error == EMSGSIZE || error == EOPNOTSUPP || error == ENOPROTOOPT;
}

// This route does not take GSO: the packets are bigger than its MTU, or its device cannot.
static void send_singly(struct batch *batch, int socket, int i) {
    struct message *message = &batch->messages[i];
    struct sender *sender = message->sender;
    const uint8_t *at = batch->parts[i].iov_base, *end = at + batch->parts[i].iov_len;
    sender->singly = SINGLY_MESSAGES;
    for (size_t bytes; at < end; at += bytes) {
        bytes = (size_t)(end - at) < message->segment ? (size_t)(end - at) : message->segment;
        const struct sockaddr *address = (const struct sockaddr *)&sender->address;
        if (sendto(socket, at, bytes, MSG_DONTWAIT, address, sender->address.bytes) < 0) {
            batch->dropped++;
        } else {
            sender->packets++;
            sender->bytes += bytes;
        }
    }
}

void batch_send(struct batch *batch, int socket) {
    ask_for_gso(batch);
    for (int at = 0; at < batch->count;) {
        int sent = socket < 0 ? -1 : sendmmsg(socket, batch->headers + at, (unsigned)(batch->count - at), MSG_DONTWAIT);
        for (int end = at + sent; at < end; at++) {
            struct message *message = &batch->messages[at];
            message->sender->packets += message->segments;
            message->sender->bytes += batch->parts[at].iov_len;
        }
        if (sent > 0 || (socket >= 0 && errno == EINTR)) continue;
        // The first one failed, and it alone: no way to that subscriber, no room at this moment, or no GSO on its route.
        if (socket >= 0 && batch->messages[at].segments > 1 && refuses_gso(errno))
            send_singly(batch, socket, at);
        else
            batch->dropped += batch->messages[at].segments;
        at++;
    }
    batch->count = 0;
    batch->used = 0;
}
