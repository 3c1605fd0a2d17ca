// SRTP and SRTCP for one direction of one peer (RFC 3711, RFC 7714): derives the keys once, then encrypts or decrypts
// packets.
#ifndef CADEAU_SRTP_H
#define CADEAU_SRTP_H

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/gcm.h"

#define KEY_BYTES 16
#define SALT_BYTES_GCM 12
#define SALT_BYTES_CM 14
#define TAG_BYTES_MAX 16
#define SRTCP_HEADER_BYTES 8   // in the clear
#define SRTCP_TRAILER_BYTES 4  // whether it is encrypted, and the index

// Which implementation of AES-GCM is used. Counter mode with HMAC-SHA1 is always libcrypto's.
enum cipher { CIPHER_LIBCRYPTO, CIPHER_AESNI, CIPHER_VAES };

enum cipher best_cipher(void);
bool cipher_runs(enum cipher cipher);

// The values are the labels of the encryption keys (RFC 3711, 4.3.2).
enum stream { STREAM_RTP = 0, STREAM_RTCP = 3 };

struct hmac;

struct srtp {
    struct gcm_key gcm;  // not used if `context` is
    uint8_t salt[16];    // padded with zeros
    struct gcm_nonce nonce;  // the salt again, in the form GCM uses
    gcm_seal *seal;      // NULL: use libcrypto
    gcm_unseal *unseal;
    EVP_CIPHER_CTX *context;
    struct hmac *hmac;  // NULL: GCM
};

// Derives the keys. False if memory is short or libcrypto fails; then there is nothing to close.
bool srtp_open(struct srtp *srtp, enum cipher cipher, bool aead, enum stream stream, const uint8_t *key,
               const uint8_t *salt);

// Wipes the keys.
void srtp_close(struct srtp *srtp);

size_t srtp_tag_bytes(const struct srtp *srtp);

// Encrypts `payload` to behind the header at `packet`, and appends the tag. `index` is rollover counter and sequence
// number together, 48 bits. Payload and packet need GCM_SLACK_BYTES of room behind them. Returns the size of the whole
// packet, or 0 if libcrypto failed.
size_t srtp_seal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                 const uint8_t *payload, size_t payload_bytes);

// The same in place, for a compound RTCP packet of at least SRTCP_HEADER_BYTES.
size_t srtcp_seal(const struct srtp *srtp, uint32_t index, uint8_t *packet, size_t bytes);

// Decrypts a packet in place; its tag comes last. Needs GCM_SLACK_BYTES of room behind it, and overwrites them. Returns
// the size without the tag, or 0 if the packet is not authentic: then no byte of it may be used.
size_t srtp_unseal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                   size_t bytes);

// The same for RTCP. `index` is set to the packet's index.
size_t srtcp_unseal(const struct srtp *srtp, uint8_t *packet, size_t bytes, uint32_t *index);

#endif
