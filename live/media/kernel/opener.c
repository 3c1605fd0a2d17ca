#include "opener.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define INDEX_MAX ((uint64_t)1 << 48)

// -- the window ----------------------------------------------------------------------------------

// RFC 3711, 3.3.1: the index nearest the newest one whose low bits are these. A stream begins with rollover zero.
static uint64_t index_of(const struct window *window, uint16_t sequence) {
    if (!window->begun) return sequence;
    int16_t ahead = (int16_t)(sequence - (uint16_t)window->highest);
    int64_t index = (int64_t)window->highest + ahead;
    return index < 0 ? sequence : (uint64_t)index;
}

static bool is_new(const struct window *window, uint64_t index) {
    if (!window->begun || index > window->highest) return true;
    if (window->highest - index >= REPLAY_PACKETS) return false;
    return !(window->seen[index % REPLAY_PACKETS / 64] >> index % 64 & 1);
}

static void note(struct window *window, uint64_t index) {
    if (!window->begun || index > window->highest) {
        uint64_t skipped = window->begun ? index - window->highest - 1 : 0;
        if (skipped >= REPLAY_PACKETS) {
            memset(window->seen, 0, sizeof window->seen);
        } else {
            for (uint64_t i = index - skipped; i < index; i++)
                window->seen[i % REPLAY_PACKETS / 64] &= ~((uint64_t)1 << i % 64);
        }
        window->begun = true;
        window->highest = index;
    }
    window->seen[index % REPLAY_PACKETS / 64] |= (uint64_t)1 << index % 64;
}

// -- sources -------------------------------------------------------------------------------------

static struct source *source_find(const struct opener *opener, uint32_t ssrc) {
    for (int i = 0; i < opener->count; i++)
        if (opener->sources[i].ssrc == ssrc) return &opener->sources[i];
    return NULL;
}

static struct source *source_add(struct opener *opener, uint32_t ssrc) {
    struct source *grown = realloc(opener->sources, (size_t)(opener->count + 1) * sizeof *grown);
    if (!grown) return NULL;
    opener->sources = grown;
    struct source *made = &grown[opener->count++];
    memset(made, 0, sizeof *made);
    made->ssrc = ssrc;
    return made;
}

// Only what was proved to come from the peer makes a source of it.
static struct source *source_of(struct opener *opener, struct source *known, uint32_t ssrc) {
    return known ? known : source_add(opener, ssrc);
}

// -- opening -------------------------------------------------------------------------------------

bool opener_open(struct opener *opener, enum cipher cipher, bool aead, const uint8_t *key, const uint8_t *salt) {
    memset(opener, 0, sizeof *opener);
    if (!srtp_open(&opener->rtp, cipher, aead, STREAM_RTP, key, salt)) return false;
    if (srtp_open(&opener->rtcp, cipher, aead, STREAM_RTCP, key, salt)) return true;
    srtp_close(&opener->rtp);
    return false;
}

void opener_close(struct opener *opener) {
    srtp_close(&opener->rtp);
    srtp_close(&opener->rtcp);
    free(opener->sources);
    *opener = (struct opener){0};
}

size_t rtp_header_bytes(const uint8_t *packet, size_t bytes) {
    if (bytes < RTP_HEADER_BYTES || packet[0] >> 6 != 2) return 0;
    size_t size = RTP_HEADER_BYTES + 4 * (size_t)(packet[0] & 15);
    if (!(packet[0] & 16)) return size <= bytes ? size : 0;
    if (size + 4 > bytes) return 0;
    size += 4 + 4 * (size_t)two_bytes(packet + size + 2);
    return size <= bytes ? size : 0;
}

size_t opener_rtp(struct opener *opener, uint8_t *packet, size_t bytes) {
    size_t header_bytes = rtp_header_bytes(packet, bytes);
    if (!header_bytes) return 0;
    static const struct window none;
    uint32_t ssrc = four_bytes(packet + 8);
    struct source *source = source_find(opener, ssrc);
    if (!source && opener->count == SOURCES_MAX) return 0;
    const struct window *window = source ? &source->rtp : &none;
    uint64_t index = index_of(window, (uint16_t)two_bytes(packet + 2));
    if (index >= INDEX_MAX || !is_new(window, index)) return 0;
    size_t size = srtp_unseal(&opener->rtp, ssrc, index, packet, header_bytes, bytes);
    if (!size || !(source = source_of(opener, source, ssrc))) return 0;
    note(&source->rtp, index);
    return size;
}

size_t opener_rtcp(struct opener *opener, uint8_t *packet, size_t bytes) {
    if (bytes < SRTCP_HEADER_BYTES || packet[0] >> 6 != 2) return 0;
    uint32_t ssrc = four_bytes(packet + 4), index;
    struct source *source = source_find(opener, ssrc);
    if (!source && opener->count == SOURCES_MAX) return 0;
    size_t size = srtcp_unseal(&opener->rtcp, packet, bytes, &index);
    if (!size || (source && !is_new(&source->rtcp, index)) || !(source = source_of(opener, source, ssrc))) return 0;
    note(&source->rtcp, index);
    return size;
}
