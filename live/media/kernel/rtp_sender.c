#include "rtp_sender.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#define HEADER_BYTES 12
#define SEND_TIME_BYTES 3
#define SHORT_BYTES_MAX 16  // of a header extension in its short form
#define SHORT_ID_MAX 14
#define ONE_BYTE_EXTENSIONS 0xBEDEu
#define TWO_BYTE_EXTENSIONS 0x1000u

// What differs between a packet as it was and as a retransmission.
struct writing {
    uint8_t payload_type;
    uint32_t ssrc, send_time;
    int64_t index;
    const uint8_t *payload;
    size_t bytes;
};

// Counts VP8's picture id and TL0PICIDX on, in place: always from what they were, since many subscribers share the payload.
static void count_pictures(const struct packet *packet, const struct offsets *offsets) {
    uint8_t *payload = packet->payload, tl0 = packet->tl0;
    uint16_t picture = packet->picture;
    if (!packet->picture_at) return;
    if (offsets->counts_pictures) {
        picture = (uint16_t)((picture + offsets->picture) | 0x8000);
        tl0 = (uint8_t)(tl0 + offsets->tl0);
    }
    payload[packet->picture_at] = (uint8_t)(picture >> 8);
    payload[packet->picture_at + 1] = (uint8_t)picture;
    if (packet->tl0_at) payload[packet->tl0_at] = tl0;
}

// What stands before the value of a header extension (RFC 8285): id and length, in one byte or two.
static uint8_t *begin_extension(uint8_t *at, bool small, uint8_t id, uint8_t bytes) {
    if (small) {
        *at++ = (uint8_t)(id << 4 | (bytes - 1));
    } else {
        *at++ = id;
        *at++ = bytes;
    }
    return at;
}

// A dependency descriptor, and before it the time of sending if that is agreed too.
static size_t write_extensions(const struct packet *packet, const struct route *route, uint32_t send_time,
                               uint16_t frame_shift, uint8_t *start) {
    bool small = packet->descriptor_bytes <= SHORT_BYTES_MAX && route->dependency <= SHORT_ID_MAX;
    uint8_t *at = start + 4;
    if (route->send_time) {
        at = begin_extension(at, small, route->send_time, SEND_TIME_BYTES);
        *at++ = (uint8_t)(send_time >> 16);
        *at++ = (uint8_t)(send_time >> 8);
        *at++ = (uint8_t)send_time;
    }
    at = begin_extension(at, small, route->dependency, packet->descriptor_bytes);
    uint16_t frame = htobe16((uint16_t)(packet->frame + frame_shift));
    memcpy(at, packet->descriptor, packet->descriptor_bytes);
    memcpy(at + 1, &frame, sizeof frame);
    at += packet->descriptor_bytes;
    while ((at - start) % 4) *at++ = 0;
    uint32_t about = htobe32((small ? ONE_BYTE_EXTENSIONS : TWO_BYTE_EXTENSIONS) << 16 | (uint32_t)(at - start - 4) / 4);
    memcpy(start, &about, sizeof about);
    return (size_t)(at - start);
}

static size_t write_header(const struct packet *packet, const struct writing *writing, const struct route *route,
                           const struct offsets *offsets, uint8_t *at) {
    bool described = route->dependency && packet->descriptor_bytes;
    uint64_t first = 0x80 | packet->padded << 5 | (described || route->send_time) << 4;
    uint64_t second = (uint64_t)packet->marker << 7 | writing->payload_type;
    uint32_t timestamp = packet->timestamp + offsets->timestamp, ssrc = htobe32(writing->ssrc);
    uint64_t words = htobe64(first << 56 | second << 48 | (uint64_t)(uint16_t)writing->index << 32 | timestamp);
    memcpy(at, &words, sizeof words);
    memcpy(at + 8, &ssrc, sizeof ssrc);
    at += HEADER_BYTES;
    if (described) return HEADER_BYTES + write_extensions(packet, route, writing->send_time, offsets->frame, at);
    if (!route->send_time) return HEADER_BYTES;
    // The time alone: one word, with id, length, and three bytes of value.
    words = (uint64_t)route->send_time << 28 | (SEND_TIME_BYTES - 1u) << 24 | writing->send_time;
    words = htobe64((uint64_t)ONE_BYTE_EXTENSIONS << 48 | 1ull << 32 | words);
    memcpy(at, &words, sizeof words);
    return HEADER_BYTES + sizeof words;
}

static size_t write_packet(const struct sender *sender, const struct packet *packet, const struct writing *writing,
                           const struct offsets *offsets, uint8_t *at) {
    count_pictures(packet, offsets);
    size_t header = write_header(packet, writing, &sender->route, offsets, at);
    return srtp_seal(&sender->srtp, writing->ssrc, (uint64_t)writing->index, at, header, writing->payload,
                     writing->bytes);
}

static size_t write_with(const struct sender *sender, const struct packet *packet, const struct offsets *offsets,
                         uint8_t *at) {
    struct writing writing = {sender->route.payload_type, sender->route.ssrc, packet->send_time,
                              packet->sequence - offsets->origin, packet->payload, packet->bytes};
    return write_packet(sender, packet, &writing, offsets, at);
}

size_t sender_write(const struct sender *sender, const struct packet *packet, uint8_t *at) {
    return write_with(sender, packet, &sender->offsets, at);
}

size_t sender_write_again(struct sender *sender, const struct packet *packet, const struct again *again, uint8_t *at) {
    const struct route *route = &sender->route;
    if (!route->repair_type) return write_with(sender, packet, &again->offsets, at);
    uint16_t was = htons((uint16_t)(packet->sequence - again->offsets.origin));
    uint8_t *payload = packet->payload - REPAIR_BYTES;
    memcpy(payload, &was, sizeof was);
    struct writing writing = {route->repair_type, route->repair_ssrc, again->send_time,
                              sender->repaired++, payload,            packet->bytes + REPAIR_BYTES};
    return write_packet(sender, packet, &writing, &again->offsets, at);
}
