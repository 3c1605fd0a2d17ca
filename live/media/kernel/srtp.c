#define OPENSSL_SUPPRESS_DEPRECATED  // of what is deprecated only SHA-1: its replacement costs as much as the hashing
#include "srtp.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum label { LABEL_ENCRYPTION = 0, LABEL_AUTHENTICATION = 1, LABEL_SALT = 2 };

#define SHA1_BLOCK_BYTES 64
#define AUTHENTICATION_BYTES 20
#define TAG_BYTES_SHA1_80 10
#define SRTCP_ENCRYPTED (1u << 31)
#define SRTCP_ASSOCIATED_BYTES (SRTCP_HEADER_BYTES + SRTCP_TRAILER_BYTES)

// HMAC-SHA1 with the key hashed already: where the inner and the outer hash begin.
struct hmac {
    SHA_CTX inner, outer;
};

bool cipher_runs(enum cipher cipher) {
    switch (cipher) {
        case CIPHER_VAES: return gcm_vaes_runs();
        case CIPHER_AESNI: return gcm_aesni_runs();
        default: return true;
    }
}

enum cipher best_cipher(void) {
    return gcm_vaes_runs() ? CIPHER_VAES : gcm_aesni_runs() ? CIPHER_AESNI : CIPHER_LIBCRYPTO;
}

static void put_big_endian(uint8_t *to, uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--, value >>= 8) to[i] = (uint8_t)value;
}

static uint64_t get_big_endian(const uint8_t *from, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | from[i];
    return value;
}

static void xor_into(uint8_t *to, const uint8_t *from, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) to[i] ^= from[i];
}

// RFC 3711, 4.3.1: the keystream of the master key at a counter made of the salt and a label.
static bool derive(EVP_CIPHER_CTX *context, const uint8_t *key, const uint8_t salt[SALT_BYTES_CM], int label,
                   uint8_t *out, int bytes) {
    static const uint8_t zeros[AUTHENTICATION_BYTES];
    uint8_t counter[16] = {0};
    memcpy(counter, salt, SALT_BYTES_CM);
    counter[7] ^= (uint8_t)label;
    int done;
    return EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, key, counter) &&
           EVP_EncryptUpdate(context, out, &done, zeros, bytes);
}

static struct hmac *hmac_open(const uint8_t key[AUTHENTICATION_BYTES]) {
    struct hmac *hmac = malloc(sizeof *hmac);
    if (hmac == NULL) return NULL;
    uint8_t block[SHA1_BLOCK_BYTES];
    memset(block, 0x36, sizeof block);
    xor_into(block, key, AUTHENTICATION_BYTES);
    SHA1_Init(&hmac->inner);
    SHA1_Update(&hmac->inner, block, sizeof block);
    memset(block, 0x5C, sizeof block);
    xor_into(block, key, AUTHENTICATION_BYTES);
    SHA1_Init(&hmac->outer);
    SHA1_Update(&hmac->outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
    return hmac;
}

bool srtp_open(struct srtp *srtp, enum cipher cipher, bool aead, enum stream stream, const uint8_t *key,
               const uint8_t *salt) {
    memset(srtp, 0, sizeof *srtp);
    uint8_t padded[SALT_BYTES_CM] = {0};  // a 96-bit salt counts as 112 bits (RFC 7714, 11)
    uint8_t encryption[KEY_BYTES], authentication[AUTHENTICATION_BYTES];
    memcpy(padded, salt, aead ? SALT_BYTES_GCM : SALT_BYTES_CM);
    srtp->context = EVP_CIPHER_CTX_new();
    bool made = srtp->context != NULL &&
                derive(srtp->context, key, padded, stream + LABEL_ENCRYPTION, encryption, KEY_BYTES) &&
                derive(srtp->context, key, padded, stream + LABEL_AUTHENTICATION, authentication, AUTHENTICATION_BYTES) &&
                derive(srtp->context, key, padded, stream + LABEL_SALT, srtp->salt, aead ? SALT_BYTES_GCM : SALT_BYTES_CM);
    srtp->nonce.high = get_big_endian(srtp->salt, 8);
    srtp->nonce.low = (uint32_t)get_big_endian(srtp->salt + 8, 4);
    if (made && aead && cipher != CIPHER_LIBCRYPTO) {
        gcm_expand(&srtp->gcm, encryption);
        srtp->seal = cipher == CIPHER_VAES ? gcm_seal_vaes : gcm_seal_aesni;
        srtp->unseal = cipher == CIPHER_VAES ? gcm_unseal_vaes : gcm_unseal_aesni;
        EVP_CIPHER_CTX_free(srtp->context);
        srtp->context = NULL;
    } else if (made) {
        const EVP_CIPHER *wanted = aead ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
        made = EVP_CIPHER_CTX_reset(srtp->context) &&
               EVP_EncryptInit_ex(srtp->context, wanted, NULL, encryption, NULL);
        if (made && !aead) made = (srtp->hmac = hmac_open(authentication)) != NULL;
    }
    OPENSSL_cleanse(encryption, sizeof encryption);
    OPENSSL_cleanse(authentication, sizeof authentication);
    if (!made) srtp_close(srtp);
    return made;
}

void srtp_close(struct srtp *srtp) {
    EVP_CIPHER_CTX_free(srtp->context);
    if (srtp->hmac) OPENSSL_cleanse(srtp->hmac, sizeof *srtp->hmac);
    free(srtp->hmac);
    OPENSSL_cleanse(srtp, sizeof *srtp);
}

size_t srtp_tag_bytes(const struct srtp *srtp) { return srtp->hmac ? TAG_BYTES_SHA1_80 : GCM_TAG_BYTES; }

// RFC 7714, 8.1 and 9.1: two zero bytes, SSRC and index, XORed with the salt. SRTCP's shorter index comes to the same.
static struct gcm_nonce nonce_of(const struct srtp *srtp, uint32_t ssrc, uint64_t index) {
    return (struct gcm_nonce){srtp->nonce.high ^ ((uint64_t)ssrc << 16 ^ index >> 32), srtp->nonce.low ^ (uint32_t)index};
}

// What GCM works on, in one direction or the other.
struct gcm_call {
    struct gcm_nonce nonce;
    const uint8_t *associated;
    size_t associated_bytes;
    const uint8_t *text;
    size_t bytes;
    uint8_t *out;
};

// By libcrypto. `tag` is written, or compared.
static bool gcm_by_libcrypto(const struct srtp *srtp, const struct gcm_call *call, bool encrypt, uint8_t *tag) {
    uint8_t nonce[SALT_BYTES_GCM];
    put_big_endian(nonce, call->nonce.high, 8);
    put_big_endian(nonce + 8, call->nonce.low, 4);
    int done;
    EVP_CIPHER_CTX *context = srtp->context;
    return EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, encrypt) &&
           EVP_CipherUpdate(context, NULL, &done, call->associated, (int)call->associated_bytes) &&
           EVP_CipherUpdate(context, call->out, &done, call->text, (int)call->bytes) &&
           (encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_BYTES, tag)) &&
           EVP_CipherFinal_ex(context, call->out + call->bytes, &done) &&
           (!encrypt || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, tag));
}

// The tag follows the text.
static bool seal_gcm(const struct srtp *srtp, const struct gcm_call *call) {
    if (!srtp->seal) return gcm_by_libcrypto(srtp, call, true, call->out + call->bytes);
    srtp->seal(&srtp->gcm, call->nonce, call->associated, call->associated_bytes, call->text,
               call->bytes, call->out);
    return true;
}

static bool unseal_gcm(const struct srtp *srtp, const struct gcm_call *call) {
    uint8_t tag[GCM_TAG_BYTES], expected[GCM_TAG_BYTES];
    memcpy(tag, call->text + call->bytes, sizeof tag);
    if (!srtp->unseal) return gcm_by_libcrypto(srtp, call, false, tag);
    srtp->unseal(&srtp->gcm, call->nonce, call->associated, call->associated_bytes, call->out,
                 call->bytes, expected);
    return CRYPTO_memcmp(tag, expected, sizeof tag) == 0;
}

// RFC 3711, 4.1.1.
static bool counter_mode(const struct srtp *srtp, uint32_t ssrc, uint64_t index, const uint8_t *text, size_t bytes,
                         uint8_t *out) {
    uint8_t counter[16] = {0};
    put_big_endian(counter + 4, ssrc, 4);
    put_big_endian(counter + 8, index, 6);
    xor_into(counter, srtp->salt, SALT_BYTES_CM);
    int done;
    return EVP_EncryptInit_ex(srtp->context, NULL, NULL, NULL, counter) &&
           EVP_EncryptUpdate(srtp->context, out, &done, text, (int)bytes);
}

// RFC 3711, 4.2: over header and ciphertext, and the rollover counter of SRTP or what stands there of SRTCP.
static void authenticate(const struct srtp *srtp, const uint8_t *packet, size_t bytes, uint32_t word,
                         uint8_t digest[SHA_DIGEST_LENGTH]) {
    uint8_t behind[4];
    put_big_endian(behind, word, sizeof behind);
    SHA_CTX hash = srtp->hmac->inner;
    SHA1_Update(&hash, packet, bytes);
    SHA1_Update(&hash, behind, sizeof behind);
    SHA1_Final(digest, &hash);
    hash = srtp->hmac->outer;
    SHA1_Update(&hash, digest, SHA_DIGEST_LENGTH);
    SHA1_Final(digest, &hash);
}

size_t srtp_seal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                 const uint8_t *payload, size_t payload_bytes) {
    uint8_t *out = packet + header_bytes;
    size_t end = header_bytes + payload_bytes;
    if (!srtp->hmac) {
        struct gcm_call call = {nonce_of(srtp, ssrc, index), packet, header_bytes, payload, payload_bytes, out};
        return seal_gcm(srtp, &call) ? end + GCM_TAG_BYTES : 0;
    }
    uint8_t digest[SHA_DIGEST_LENGTH];
    if (!counter_mode(srtp, ssrc, index, payload, payload_bytes, out)) return 0;
    authenticate(srtp, packet, end, (uint32_t)(index >> 16), digest);
    memcpy(packet + end, digest, TAG_BYTES_SHA1_80);
    return end + TAG_BYTES_SHA1_80;
}

size_t srtp_unseal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                   size_t bytes) {
    if (bytes < header_bytes + srtp_tag_bytes(srtp)) return 0;
    size_t end = bytes - srtp_tag_bytes(srtp), text_bytes = end - header_bytes;
    uint8_t *text = packet + header_bytes;
    if (!srtp->hmac) {
        struct gcm_call call = {nonce_of(srtp, ssrc, index), packet, header_bytes, text, text_bytes, text};
        return unseal_gcm(srtp, &call) ? end : 0;
    }
    uint8_t digest[SHA_DIGEST_LENGTH];
    authenticate(srtp, packet, end, (uint32_t)(index >> 16), digest);
    if (CRYPTO_memcmp(digest, packet + end, TAG_BYTES_SHA1_80) != 0) return 0;
    return counter_mode(srtp, ssrc, index, text, text_bytes, text) ? end : 0;
}

// -- SRTCP: the tag stands before what follows the ciphertext in one profile (RFC 7714, 9.2), behind it in the other ----

static void associate(uint8_t associated[SRTCP_ASSOCIATED_BYTES + GCM_TAG_BYTES], const uint8_t *packet,
                      uint32_t word) {
    memcpy(associated, packet, SRTCP_HEADER_BYTES);
    put_big_endian(associated + SRTCP_HEADER_BYTES, word, SRTCP_TRAILER_BYTES);
}

size_t srtcp_seal(const struct srtp *srtp, uint32_t index, uint8_t *packet, size_t bytes) {
    uint32_t ssrc = (uint32_t)get_big_endian(packet + 4, 4), word = SRTCP_ENCRYPTED | index;
    uint8_t *text = packet + SRTCP_HEADER_BYTES;
    size_t text_bytes = bytes - SRTCP_HEADER_BYTES;
    if (!srtp->hmac) {
        uint8_t associated[SRTCP_ASSOCIATED_BYTES + GCM_TAG_BYTES];  // it is read in whole blocks
        associate(associated, packet, word);
        struct gcm_call call = {nonce_of(srtp, ssrc, index), associated, SRTCP_ASSOCIATED_BYTES, text, text_bytes,
                                  text};
        if (!seal_gcm(srtp, &call)) return 0;
        put_big_endian(packet + bytes + GCM_TAG_BYTES, word, SRTCP_TRAILER_BYTES);
        return bytes + GCM_TAG_BYTES + SRTCP_TRAILER_BYTES;
    }
    uint8_t digest[SHA_DIGEST_LENGTH];
    if (!counter_mode(srtp, ssrc, index, text, text_bytes, text)) return 0;
    authenticate(srtp, packet, bytes, word, digest);
    put_big_endian(packet + bytes, word, SRTCP_TRAILER_BYTES);
    memcpy(packet + bytes + SRTCP_TRAILER_BYTES, digest, TAG_BYTES_SHA1_80);
    return bytes + SRTCP_TRAILER_BYTES + TAG_BYTES_SHA1_80;
}

size_t srtcp_unseal(const struct srtp *srtp, uint8_t *packet, size_t bytes, uint32_t *index) {
    size_t overhead = SRTCP_TRAILER_BYTES + srtp_tag_bytes(srtp);
    if (bytes < SRTCP_HEADER_BYTES + overhead) return 0;
    size_t end = bytes - overhead, text_bytes = end - SRTCP_HEADER_BYTES;
    uint8_t *text = packet + SRTCP_HEADER_BYTES;
    const uint8_t *trailer = srtp->hmac ? packet + end : packet + bytes - SRTCP_TRAILER_BYTES;
    uint32_t ssrc = (uint32_t)get_big_endian(packet + 4, 4), word = (uint32_t)get_big_endian(trailer, 4);
    if (!(word & SRTCP_ENCRYPTED)) return 0;
    *index = word & ~SRTCP_ENCRYPTED;
    if (!srtp->hmac) {
        uint8_t associated[SRTCP_ASSOCIATED_BYTES + GCM_TAG_BYTES];
        associate(associated, packet, word);
        struct gcm_call call = {nonce_of(srtp, ssrc, *index), associated, SRTCP_ASSOCIATED_BYTES, text, text_bytes,
                                  text};
        return unseal_gcm(srtp, &call) ? end : 0;
    }
    uint8_t digest[SHA_DIGEST_LENGTH];
    authenticate(srtp, packet, end, word, digest);
    if (CRYPTO_memcmp(digest, trailer + SRTCP_TRAILER_BYTES, TAG_BYTES_SHA1_80) != 0) return 0;
    return counter_mode(srtp, ssrc, *index, text, text_bytes, text) ? end : 0;
}
