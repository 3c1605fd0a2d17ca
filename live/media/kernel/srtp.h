// SRTP and SRTCP for one direction of one peer (RFC 3711, RFC 7714): keys derived once, then packets sealed in place, or
// opened.
#ifndef CADEAU_SRTP_H
#define CADEAU_SRTP_H

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gcm.h"

#define KEY_BYTES 16
#define SALT_BYTES_GCM 12
#define SALT_BYTES_CM 14
#define TAG_BYTES_MAX 16
#define SRTCP_HEADER_BYTES 8   // in the clear
#define SRTCP_TRAILER_BYTES 4  // whether it is encrypted, and the index

// What does the encryption, and with AES in counter mode also HMAC-SHA1.
enum cipher { CIPHER_LIBCRYPTO, CIPHER_AESNI, CIPHER_VAES };

enum cipher best_cipher(void);
bool cipher_runs(enum cipher cipher);

// Of one direction, as their keys are labelled.
enum stream { STREAM_RTP = 0, STREAM_RTCP = 3 };

struct hmac;

struct srtp {
    struct gcm_key gcm;  // not used where `context` is
    uint8_t salt[16];    // padded with zeros
    struct gcm_nonce nonce;  // the salt again, as GCM wants it
    gcm_seal *seal;      // NULL: libcrypto does it
    gcm_unseal *unseal;
    EVP_CIPHER_CTX *context;
    struct hmac *hmac;  // NULL: GCM
};

// Derives the keys. False when memory is short or libcrypto refuses; then there is nothing to close.
bool srtp_open(struct srtp *srtp, enum cipher cipher, bool aead, enum stream stream, const uint8_t *key,
               const uint8_t *salt);

// Leaves no key behind.
void srtp_close(struct srtp *srtp);

size_t srtp_tag_bytes(const struct srtp *srtp);

// Encrypts a payload behind the header that stands at `packet`, and adds the tag. `index` is rollover counter and
// sequence number together, 48 bits. Payload and packet need GCM_SLACK_BYTES of room behind them. Returns the size of
// the whole packet, or 0 when libcrypto failed.
size_t srtp_seal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                 const uint8_t *payload, size_t payload_bytes);

// As `srtp_seal`, for a compound packet of RTCP of at least SRTCP_HEADER_BYTES, in place.
size_t srtcp_seal(const struct srtp *srtp, uint32_t index, uint8_t *packet, size_t bytes);

// Decrypts what stands behind a header, in place, the tag last. Needs GCM_SLACK_BYTES of room behind it, and overwrites
// them. Returns the size of the packet without tag, or 0: it is not from who has the key, and nothing of it to be used.
size_t srtp_unseal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                   size_t bytes);

// The same for RTCP. The index is what it was sealed with.
size_t srtcp_unseal(const struct srtp *srtp, uint8_t *packet, size_t bytes, uint32_t *index);

#endif
