#define OPENSSL_SUPPRESS_DEPRECATED  // of what is deprecated only SHA-1: its replacement costs as much as the hashing
#include "srtp.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum label { LABEL_ENCRYPTION = 0, LABEL_AUTHENTICATION = 1, LABEL_SALT = 2 };

#define SHA1_BLOCK_BYTES 64
#define AUTHENTICATION_BYTES 20
#define TAG_BYTES_SHA1_80 10

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
static bool derive(EVP_CIPHER_CTX *context, const uint8_t *key, const uint8_t salt[SALT_BYTES_CM], enum label label,
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

bool srtp_open(struct srtp *srtp, enum cipher cipher, bool aead, const uint8_t *key, const uint8_t *salt) {
    memset(srtp, 0, sizeof *srtp);
    uint8_t padded[SALT_BYTES_CM] = {0};  // a 96-bit salt counts as 112 bits (RFC 7714, 11)
    uint8_t encryption[KEY_BYTES], authentication[AUTHENTICATION_BYTES];
    memcpy(padded, salt, aead ? SALT_BYTES_GCM : SALT_BYTES_CM);
    srtp->context = EVP_CIPHER_CTX_new();
    bool made = srtp->context != NULL &&
                derive(srtp->context, key, padded, LABEL_ENCRYPTION, encryption, KEY_BYTES) &&
                derive(srtp->context, key, padded, LABEL_AUTHENTICATION, authentication, AUTHENTICATION_BYTES) &&
                derive(srtp->context, key, padded, LABEL_SALT, srtp->salt, aead ? SALT_BYTES_GCM : SALT_BYTES_CM);
    srtp->nonce.high = get_big_endian(srtp->salt, 8);
    srtp->nonce.low = (uint32_t)get_big_endian(srtp->salt + 8, 4);
    if (made && aead && cipher != CIPHER_LIBCRYPTO) {
        gcm_expand(&srtp->gcm, encryption);
        srtp->seal = cipher == CIPHER_VAES ? gcm_seal_vaes : gcm_seal_aesni;
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

// By libcrypto.
static bool seal_gcm(const struct srtp *srtp, struct gcm_nonce nonce, uint8_t *packet, int header_bytes,
                     const uint8_t *payload, int bytes) {
    uint8_t *out = packet + header_bytes, nonce_bytes[SALT_BYTES_GCM];
    put_big_endian(nonce_bytes, nonce.high, 8);
    put_big_endian(nonce_bytes + 8, nonce.low, 4);
    int done;
    return EVP_EncryptInit_ex(srtp->context, NULL, NULL, NULL, nonce_bytes) &&
           EVP_EncryptUpdate(srtp->context, NULL, &done, packet, header_bytes) &&
           EVP_EncryptUpdate(srtp->context, out, &done, payload, bytes) &&
           EVP_EncryptFinal_ex(srtp->context, out + bytes, &done) &&
           EVP_CIPHER_CTX_ctrl(srtp->context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_BYTES, out + bytes);
}

// RFC 3711, 4.1.1 and 4.2: the tag is over header, ciphertext and rollover counter.
static bool seal_counter_mode(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet,
                              size_t header_bytes, const uint8_t *payload, size_t bytes) {
    uint8_t counter[16] = {0}, rollover[4], digest[SHA_DIGEST_LENGTH];
    put_big_endian(counter + 4, ssrc, 4);
    put_big_endian(counter + 8, index, 6);
    xor_into(counter, srtp->salt, SALT_BYTES_CM);
    int done;
    if (!EVP_EncryptInit_ex(srtp->context, NULL, NULL, NULL, counter) ||
        !EVP_EncryptUpdate(srtp->context, packet + header_bytes, &done, payload, (int)bytes))
        return false;
    put_big_endian(rollover, index >> 16, 4);
    SHA_CTX hash = srtp->hmac->inner;
    SHA1_Update(&hash, packet, header_bytes + bytes);
    SHA1_Update(&hash, rollover, sizeof rollover);
    SHA1_Final(digest, &hash);
    hash = srtp->hmac->outer;
    SHA1_Update(&hash, digest, sizeof digest);
    SHA1_Final(digest, &hash);
    memcpy(packet + header_bytes + bytes, digest, TAG_BYTES_SHA1_80);
    return true;
}

size_t srtp_seal(const struct srtp *srtp, uint32_t ssrc, uint64_t index, uint8_t *packet, size_t header_bytes,
                 const uint8_t *payload, size_t payload_bytes) {
    size_t end = header_bytes + payload_bytes;
    if (srtp->hmac) {
        bool done = seal_counter_mode(srtp, ssrc, index, packet, header_bytes, payload, payload_bytes);
        return done ? end + TAG_BYTES_SHA1_80 : 0;
    }
    // RFC 7714, 8.1: two zero bytes, SSRC and index, XORed with the salt.
    struct gcm_nonce nonce = srtp->nonce;
    nonce.high ^= (uint64_t)ssrc << 16 ^ index >> 32;
    nonce.low ^= (uint32_t)index;
    if (srtp->seal)
        srtp->seal(&srtp->gcm, nonce, packet, header_bytes, payload, payload_bytes, packet + header_bytes);
    else if (!seal_gcm(srtp, nonce, packet, (int)header_bytes, payload, (int)payload_bytes))
        return 0;
    return end + GCM_TAG_BYTES;
}
