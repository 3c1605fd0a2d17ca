// AES-128-GCM (NIST SP 800-38D) of short messages with the processor's own instructions.
//
// Only what SRTP needs: 12-byte nonces and 16-byte tags. No table is looked up and nothing branches by anything secret,
// so the time it takes depends on lengths alone.
#ifndef CADEAU_GCM_H
#define CADEAU_GCM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GCM_TAG_BYTES 16
#define GCM_TEXT_BYTES_MAX 3840  // the block counter stays within one byte
#define GCM_SLACK_BYTES 128      // text is read and output written in whole groups of blocks: this much beyond the end

struct gcm_key {
    _Alignas(16) uint8_t round_keys[11][16];
    uint8_t powers[8][16];  // of the hash key, the eighth first: groups of eight blocks are hashed at once
};

// 96 bits, as a number: so it is put together and counted on in registers.
struct gcm_nonce {
    uint64_t high;
    uint32_t low;
};

// Which of the implementations below this processor can run.
bool gcm_aesni_runs(void);
bool gcm_vaes_runs(void);

void gcm_expand(struct gcm_key *key, const uint8_t secret[16]);

// Writes the ciphertext and behind it the tag. The associated data, too, is read in whole blocks.
typedef void gcm_seal(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                      size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out);
gcm_seal gcm_seal_aesni;
gcm_seal gcm_seal_vaes;

// Decrypts in place, and gives the tag that should have stood behind the ciphertext: the text is to be believed only if
// that is so. Overwrites the slack behind the text, and with it the tag that does stand there.
typedef void gcm_unseal(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                        size_t associated_bytes, uint8_t *text, size_t text_bytes, uint8_t expected[GCM_TAG_BYTES]);
gcm_unseal gcm_unseal_aesni;
gcm_unseal gcm_unseal_vaes;

#endif
