#define OPENSSL_SUPPRESS_DEPRECATED  // of what is deprecated only SHA-1: its replacement costs as much as the hashing
#include "feedback_filter.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bytes.h"

#define ROOM_MIN 64

// As in live/media/transport/peer.py and live/media/rtp/rtcp.py.
#define RECEIVER_REPORT 201
#define SRTP_BYTES_MIN 12
#define SRTCP_BYTES_MAX 20

// As in live/media/transport/stun.py.
#define BINDING_REQUEST 0x0001
#define BINDING_SUCCESS 0x0101
#define MAGIC_COOKIE 0x2112A442u
#define STUN_HEADER_BYTES 20
#define STUN_BYTES_MAX 1024
#define ATTRIBUTES_MAX 24
#define ATTRIBUTE_BYTES 4
#define USERNAME 0x0006
#define MESSAGE_INTEGRITY 0x0008
#define XOR_MAPPED_ADDRESS 0x0020
#define FINGERPRINT 0x8028
#define FINGERPRINT_XOR 0x5354554Eu
#define INTEGRITY_BYTES (ATTRIBUTE_BYTES + SHA_DIGEST_LENGTH)
#define FINGERPRINT_BYTES (ATTRIBUTE_BYTES + 4)

// A password hashed already, and the name that goes with it.
struct credentials {
    SHA_CTX inner, outer;
    size_t ufrag_bytes;
    uint8_t ufrag[UFRAG_BYTES_MAX];
};

_Static_assert(sizeof(struct known) == CACHE_LINE_BYTES, "who is known fills one cache line");

// -- who is known --------------------------------------------------------------------------------

static struct known_key key_of(const struct address *address) {
    struct known_key key = {0};
    if (address->v4.sin_family == AF_INET) {
        memcpy(key.host, &address->v4.sin_addr, sizeof address->v4.sin_addr);
        key.port = address->v4.sin_port;
        return key;
    }
    memcpy(key.host, &address->v6.sin6_addr, sizeof key.host);
    key.flow = address->v6.sin6_flowinfo;
    key.scope = address->v6.sin6_scope_id;
    key.port = address->v6.sin6_port;
    return key;
}

static bool same(const struct known_key *one, const struct known_key *other) {
    return one->port == other->port && one->flow == other->flow && one->scope == other->scope &&
           memcmp(one->host, other->host, sizeof one->host) == 0;
}

// Where it is, or the empty slot where it would be.
static size_t home_of(const struct known_table *table, const struct known_key *key) {
    uint64_t words[3], hash = table->seed;
    memcpy(words, key->host, sizeof key->host);
    words[2] = (uint64_t)key->scope << 32 ^ (uint64_t)key->flow << 16 ^ key->port;
    for (int i = 0; i < 3; i++) {
        hash = (hash ^ words[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    return (size_t)(hash ^ hash >> 32) & (table->room - 1);
}

static size_t slot_of(const struct known_table *table, const struct known_key *key) {
    size_t at = home_of(table, key);
    while (table->slots[at].credentials && !same(&table->slots[at].key, key)) at = (at + 1) & (table->room - 1);
    return at;
}

static struct known *new_slots(size_t room) {
    struct known *slots = aligned_alloc(CACHE_LINE_BYTES, room * sizeof *slots);
    if (slots) memset(slots, 0, room * sizeof *slots);
    return slots;
}

bool known_table_open(struct known_table *table) {
    *table = (struct known_table){new_slots(ROOM_MIN), ROOM_MIN, 0, 0};
    return table->slots && getrandom(&table->seed, sizeof table->seed, 0) == sizeof table->seed;
}

static void credentials_close(struct credentials *credentials) {
    OPENSSL_cleanse(credentials, sizeof *credentials);
    free(credentials);
}

void known_table_close(struct known_table *table) {
    for (size_t i = 0; table->slots && i < table->room; i++)
        if (table->slots[i].credentials) credentials_close(table->slots[i].credentials);
    free(table->slots);
    *table = (struct known_table){0};
}

struct known *known_find(const struct known_table *table, const struct address *address) {
    struct known_key key = key_of(address);
    struct known *found = &table->slots[slot_of(table, &key)];
    return found->credentials ? found : NULL;
}

static bool grow(struct known_table *table) {
    struct known_table grown = {new_slots(table->room * 2), table->room * 2, table->count, table->seed};
    if (!grown.slots) return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].credentials) grown.slots[slot_of(&grown, &table->slots[i].key)] = table->slots[i];
    free(table->slots);
    *table = grown;
    return true;
}

static struct credentials *credentials_open(const uint8_t *ufrag, size_t ufrag_bytes, const uint8_t *password,
                                            size_t password_bytes) {
    struct credentials *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    uint8_t block[PASSWORD_BYTES_MAX] = {0};
    memcpy(block, password, password_bytes);
    for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36;
    SHA1_Init(&made->inner);
    SHA1_Update(&made->inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++) block[i] ^= 0x36 ^ 0x5C;
    SHA1_Init(&made->outer);
    SHA1_Update(&made->outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
    memcpy(made->ufrag, ufrag, ufrag_bytes);
    made->ufrag_bytes = ufrag_bytes;
    return made;
}

bool known_put(struct known_table *table, const struct address *address, const uint8_t *ufrag, size_t ufrag_bytes,
               const uint8_t *password, size_t password_bytes, double report_interval_s) {
    struct known_key key = key_of(address);
    if (2 * (table->count + 1) > table->room && !grow(table)) return false;
    struct credentials *credentials = credentials_open(ufrag, ufrag_bytes, password, password_bytes);
    if (!credentials) return false;
    struct known *known = &table->slots[slot_of(table, &key)];
    if (known->credentials)
        credentials_close(known->credentials);
    else
        table->count++;
    *known = (struct known){key, (float)report_interval_s, 0, 0, credentials};
    return true;
}

void known_remove(struct known_table *table, struct known *known) {
    credentials_close(known->credentials);
    table->count--;
    size_t mask = table->room - 1, empty = (size_t)(known - table->slots);
    // Whoever stands behind it and would be found here, or before, moves up.
    for (size_t at = (empty + 1) & mask; table->slots[at].credentials; at = (at + 1) & mask) {
        size_t home = home_of(table, &table->slots[at].key);
        if (((at - home) & mask) < ((at - empty) & mask)) continue;
        table->slots[empty] = table->slots[at];
        empty = at;
    }
    table->slots[empty] = (struct known){0};
}

// -- STUN ----------------------------------------------------------------------------------------

static uint8_t *put_two(uint8_t *at, unsigned value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static uint8_t *put_four(uint8_t *at, uint32_t value) { return put_two(put_two(at, value >> 16), value & 0xFFFF); }

// HMAC-SHA1 over what stands before MESSAGE-INTEGRITY, with a length in the header as if the message ended behind it.
static void sign(const struct credentials *credentials, const uint8_t *message, size_t bytes, uint8_t *signature) {
    uint8_t length[2];
    put_two(length, (unsigned)(bytes - STUN_HEADER_BYTES + INTEGRITY_BYTES));
    SHA_CTX hash = credentials->inner;
    SHA1_Update(&hash, message, 2);
    SHA1_Update(&hash, length, sizeof length);
    SHA1_Update(&hash, message + 4, bytes - 4);
    SHA1_Final(signature, &hash);
    hash = credentials->outer;
    SHA1_Update(&hash, signature, SHA_DIGEST_LENGTH);
    SHA1_Final(signature, &hash);
    OPENSSL_cleanse(&hash, sizeof hash);
}

// Where MESSAGE-INTEGRITY begins in a well-formed binding request of theirs, by its USERNAME; 0: it is none.
static size_t find_integrity(const struct credentials *credentials, const uint8_t *data, size_t size) {
    if (size < STUN_HEADER_BYTES || size > STUN_BYTES_MAX || size & 3) return 0;
    if (two_bytes(data) != BINDING_REQUEST || two_bytes(data + 2) != size - STUN_HEADER_BYTES ||
        two_bytes(data + 4) != MAGIC_COOKIE >> 16 || two_bytes(data + 6) != (MAGIC_COOKIE & 0xFFFF))
        return 0;
    bool theirs = false;
    size_t at = STUN_HEADER_BYTES, named = credentials->ufrag_bytes;
    for (int i = 0; i < ATTRIBUTES_MAX && at + ATTRIBUTE_BYTES <= size; i++) {
        unsigned attribute = two_bytes(data + at);
        size_t bytes = two_bytes(data + at + 2), value = at + ATTRIBUTE_BYTES;
        if (value + bytes > size) return 0;
        if (attribute == USERNAME)
            theirs = bytes > named && data[value + named] == ':' && memcmp(data + value, credentials->ufrag, named) == 0;
        else if (attribute == MESSAGE_INTEGRITY)  // what follows it is not protected and not believed
            return theirs && bytes == SHA_DIGEST_LENGTH ? at : 0;
        at = value + ((bytes + 3) & ~(size_t)3);
    }
    return 0;
}

static bool is_their_check(const struct credentials *credentials, const uint8_t *data, size_t bytes) {
    size_t at = find_integrity(credentials, data, bytes);
    if (!at) return false;
    uint8_t signature[SHA_DIGEST_LENGTH];
    sign(credentials, data, at, signature);
    return CRYPTO_memcmp(signature, data + at + ATTRIBUTE_BYTES, sizeof signature) == 0;
}

static uint32_t crc32_of(const uint8_t *data, size_t bytes) {
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                       0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = ~0u;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

// Where the request came from, each byte changed by one of those of cookie and transaction.
static uint8_t *put_mapped_address(uint8_t *at, const struct address *from, const uint8_t *request) {
    const uint8_t *mask = request + 4, *host = (const uint8_t *)&from->v4.sin_addr;
    unsigned bytes = 4, port = ntohs(from->v4.sin_port);
    if (from->v4.sin_family == AF_INET6) {
        bool maps_ipv4 = IN6_IS_ADDR_V4MAPPED(&from->v6.sin6_addr);
        host = from->v6.sin6_addr.s6_addr + (maps_ipv4 ? 12 : 0);
        bytes = maps_ipv4 ? 4 : 16;
        port = ntohs(from->v6.sin6_port);
    }
    at = put_two(put_two(at, XOR_MAPPED_ADDRESS), 4 + bytes);
    at = put_two(put_two(at, bytes == 4 ? 1 : 2), port ^ MAGIC_COOKIE >> 16);
    for (unsigned i = 0; i < bytes; i++) *at++ = host[i] ^ mask[i];
    return at;
}

size_t answer_check(const struct known *known, const struct address *from, const uint8_t *request, uint8_t *at) {
    uint8_t *end = at;
    put_two(end, BINDING_SUCCESS);
    memcpy(end + 4, request + 4, STUN_HEADER_BYTES - 4);
    end = put_mapped_address(end + STUN_HEADER_BYTES, from, request);
    size_t covered = (size_t)(end - at);
    end = put_two(put_two(end, MESSAGE_INTEGRITY), SHA_DIGEST_LENGTH);
    sign(known->credentials, at, covered, end);
    end += SHA_DIGEST_LENGTH;
    put_two(at + 2, (unsigned)(end - at) - STUN_HEADER_BYTES + FINGERPRINT_BYTES);
    uint32_t fingerprint = crc32_of(at, (size_t)(end - at)) ^ FINGERPRINT_XOR;
    end = put_four(put_two(put_two(end, FINGERPRINT), 4), fingerprint);
    return (size_t)(end - at);
}

// -- what becomes of it --------------------------------------------------------------------------

// Nothing but a report: how long the first packet of a compound is stands in the clear.
static bool is_plain_report(const uint8_t *data, size_t bytes) {
    return bytes >= SRTP_BYTES_MIN && data[0] >> 6 == 2 && data[1] == RECEIVER_REPORT &&
           bytes <= 4 + 4 * (size_t)two_bytes(data + 2) + SRTCP_BYTES_MAX;
}

enum verdict triage(struct known *known, const uint8_t *data, size_t bytes, double now) {
    if (is_plain_report(data, bytes)) {
        if (now < known->report_due) return VERDICT_DROP;
        known->report_due = now + known->report_interval_s;
        return VERDICT_PYTHON;
    }
    if (data[0] > 3 || !is_their_check(known->credentials, data, bytes)) return VERDICT_PYTHON;
    known->heard_at = now;
    return VERDICT_ANSWER;
}
