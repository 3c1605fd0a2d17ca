// AES-128-GCM (NIST SP 800-38D) for short messages, with the processor's own instructions. See docs/kernel.md.
//
// Only what SRTP needs: 12-byte nonces and 16-byte tags. There are no table look-ups, and no branches that depend on
// keys or text, so its running time depends on lengths alone. Callers must check lengths.
#ifndef CADEAU_GCM_H
#define CADEAU_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GCM_TAG_BYTES 16
#define GCM_TEXT_BYTES_MAX 3840  // the block counter must fit in one byte
#define GCM_SLACK_BYTES 128      // groups of blocks are read and written whole: up to this far beyond the end

struct gcm_key {
    _Alignas(16) uint8_t round_keys[11][16];
    uint8_t powers[8][16];  // of the hash key, the eighth first: eight blocks are hashed at once
};

// 96 bits as numbers, which are faster to build and to increment than bytes.
struct gcm_nonce {
    uint64_t high;
    uint32_t low;
};

// Whether this processor can run the implementation.
bool gcm_aesni_runs(void);
bool gcm_vaes_runs(void);

void gcm_expand(struct gcm_key *key, const uint8_t secret[16]);

// Writes the ciphertext and the tag behind it. The associated data, too, is read in whole blocks of 16 bytes.
typedef void gcm_seal(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                      size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out);
gcm_seal gcm_seal_aesni;
gcm_seal gcm_seal_vaes;

// Decrypts in place, and computes the tag. The text must not be used unless the tag received is `expected`; save it
// before the call, which overwrites the slack behind the text and with it the tag.
typedef void gcm_unseal(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                        size_t associated_bytes, uint8_t *text, size_t text_bytes, uint8_t expected[GCM_TAG_BYTES]);
gcm_unseal gcm_unseal_aesni;
gcm_unseal gcm_unseal_vaes;

#endif
