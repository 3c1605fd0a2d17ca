// The senders that are registered, by address, and what to do with their datagrams.
#ifndef CADEAU_FILTER_H
#define CADEAU_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "send/rtp_sender.h"

#define UFRAG_BYTES_MAX 32
#define PASSWORD_BYTES_MAX 64  // one block of SHA-1
#define STUN_ANSWER_BYTES_MAX 84

struct known_key {
    uint8_t host[16];  // IPv4: the first four bytes
    uint32_t flow, scope;
    uint16_t port;
};

struct credentials;

// A registered sender. One cache line has all that it takes to drop a datagram.
struct known {
    _Alignas(CACHE_LINE_BYTES) struct known_key key;
    float report_interval_s;
    double report_due, last_check_at;
    struct credentials *credentials;  // NULL: the slot is empty
};

// A hash table with open addressing, at most half full.
struct known_table {
    struct known *slots;
    size_t room, count;  // `room` is a power of two
    uint64_t seed;       // so that nobody can choose addresses that collide
};

enum verdict { VERDICT_DROP, VERDICT_ANSWER, VERDICT_PYTHON };

bool known_table_open(struct known_table *table);
void known_table_close(struct known_table *table);
struct known *known_find(const struct known_table *table, const struct address *address);
// Replaces a registration of the address. False if memory is short; then nothing has changed.
bool known_register(struct known_table *table, const struct address *address, const uint8_t *ufrag, size_t ufrag_bytes,
                    const uint8_t *password, size_t password_bytes, double report_interval_s);
void known_remove(struct known_table *table, struct known *known);

// Decides about a datagram from a registered sender.
enum verdict triage(struct known *known, const uint8_t *data, size_t bytes, double now);
// Writes the answer to a check that `triage` found authentic. Returns its size.
size_t answer_check(const struct known *known, const struct address *from, const uint8_t *request, uint8_t *at);

#endif
