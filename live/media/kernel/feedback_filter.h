// Who may write to the port, by address, and what of theirs is dealt with without Python.
#ifndef CADEAU_FILTER_H
#define CADEAU_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp_sender.h"

#define UFRAG_BYTES_MAX 32
#define PASSWORD_BYTES_MAX 64  // one block of SHA-1
#define STUN_ANSWER_BYTES_MAX 84

struct known_key {
    uint8_t host[16];  // IPv4 in the first four
    uint32_t flow, scope;
    uint16_t port;
};

struct credentials;

// All that a datagram needs which is dropped, in one cache line.
struct known {
    _Alignas(CACHE_LINE_BYTES) struct known_key key;
    float report_interval_s;
    double report_due, heard_at;
    struct credentials *credentials;  // NULL: the slot is empty
};

// Open addressing; never more than half full.
struct known_table {
    struct known *slots;
    size_t room, count;  // `room` is a power of two
    uint64_t seed;       // so that nobody outside can choose addresses that fall together
};

enum verdict { VERDICT_DROP, VERDICT_ANSWER, VERDICT_PYTHON };

bool known_table_open(struct known_table *table);
void known_table_close(struct known_table *table);
struct known *known_find(const struct known_table *table, const struct address *address);
// Begins anew with who is known there already. False when memory is short; then nothing has changed.
bool known_put(struct known_table *table, const struct address *address, const uint8_t *ufrag, size_t ufrag_bytes,
               const uint8_t *password, size_t password_bytes, double report_interval_s);
void known_remove(struct known_table *table, struct known *known);

// What becomes of a datagram from somebody known.
enum verdict triage(struct known *known, const uint8_t *data, size_t bytes, double now);
// The answer to a check that `triage` found to be theirs. Returns its size.
size_t answer_check(const struct known *known, const struct address *from, const uint8_t *request, uint8_t *at);

#endif
