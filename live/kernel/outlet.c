#include "outlet.h"

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#define HEADER_BYTES 12
#define SEND_TIME_BYTES 8

// What differs between a packet as it was and as a retransmission.
struct writing {
    uint8_t payload_type;
    uint32_t ssrc, send_time;
    int64_t index;
    const uint8_t *payload;
    size_t bytes;
};

// Counts VP8's picture id and TL0PICIDX on, in place: always from what they were, since many viewers share the payload.
static void count_pictures(const struct packet *packet, const struct numbers *numbers) {
    uint8_t *payload = packet->payload, tl0 = packet->tl0;
    uint16_t picture = packet->picture;
    if (!packet->picture_at) return;
    if (numbers->counts_pictures) {
        picture = (uint16_t)((picture + numbers->picture) | 0x8000);
        tl0 = (uint8_t)(tl0 + numbers->tl0);
    }
    payload[packet->picture_at] = (uint8_t)(picture >> 8);
    payload[packet->picture_at + 1] = (uint8_t)picture;
    if (packet->tl0_at) payload[packet->tl0_at] = tl0;
}

static size_t write_header(const struct packet *packet, const struct writing *writing, uint8_t extension,
                           uint32_t timestamp_shift, uint8_t *at) {
    uint64_t first = 0x80 | packet->padded << 5 | (extension != 0) << 4;
    uint64_t second = (uint64_t)packet->marker << 7 | writing->payload_type;
    uint32_t timestamp = packet->timestamp + timestamp_shift, ssrc = htobe32(writing->ssrc);
    uint64_t words = htobe64(first << 56 | second << 48 | (uint64_t)(uint16_t)writing->index << 32 | timestamp);
    memcpy(at, &words, sizeof words);
    memcpy(at + 8, &ssrc, sizeof ssrc);
    if (!extension) return HEADER_BYTES;
    // One-byte header extensions (RFC 8285), one word of them: id, length, and three bytes of value.
    words = htobe64(0xBEDE0001ull << 32 | (uint64_t)extension << 28 | 2u << 24 | writing->send_time);
    memcpy(at + HEADER_BYTES, &words, sizeof words);
    return HEADER_BYTES + SEND_TIME_BYTES;
}

static size_t write_packet(const struct outlet *outlet, const struct packet *packet, const struct writing *writing,
                           const struct numbers *numbers, uint8_t *at) {
    count_pictures(packet, numbers);
    size_t header = write_header(packet, writing, outlet->route.send_time, numbers->timestamp, at);
    return srtp_seal(&outlet->srtp, writing->ssrc, (uint64_t)writing->index, at, header, writing->payload,
                     writing->bytes);
}

static size_t write_with(const struct outlet *outlet, const struct packet *packet, const struct numbers *numbers,
                         uint8_t *at) {
    struct writing writing = {outlet->route.payload_type, outlet->route.ssrc, packet->send_time,
                              packet->sequence - numbers->origin, packet->payload, packet->bytes};
    return write_packet(outlet, packet, &writing, numbers, at);
}

size_t outlet_write(const struct outlet *outlet, const struct packet *packet, uint8_t *at) {
    return write_with(outlet, packet, &outlet->numbers, at);
}

size_t outlet_write_again(struct outlet *outlet, const struct packet *packet, const struct again *again, uint8_t *at) {
    const struct route *route = &outlet->route;
    if (!route->repair_type) return write_with(outlet, packet, &again->numbers, at);
    uint16_t was = htons((uint16_t)(packet->sequence - again->numbers.origin));
    uint8_t *payload = packet->payload - REPAIR_BYTES;
    memcpy(payload, &was, sizeof was);
    struct writing writing = {route->repair_type, route->repair_ssrc, again->send_time,
                              outlet->repaired++, payload,            packet->bytes + REPAIR_BYTES};
    return write_packet(outlet, packet, &writing, &again->numbers, at);
}
