// AES-NI and PCLMULQDQ: every x86-64 processor of the last dozen years.
//
// Eight counter blocks go through the cipher side by side, since each instruction takes about four cycles and one or
// two can begin in every one. Between them, the eight blocks of ciphertext before are hashed.
#include "gcm.h"

#if defined(__x86_64__)

#include "gcm_x86.h"

#define LANES 8
#define GROUP_BYTES (LANES * 16)

bool gcm_aesni_runs(void) {
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

AESNI static inline __m128i expanded(__m128i key, __m128i assist) {
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, _mm_shuffle_epi32(assist, 0xFF));
}

AESNI void gcm_expand(struct gcm_key *key, const uint8_t secret[16]) {
    __m128i keys[11];
    keys[0] = load(secret);
#define NEXT(i, constant) keys[i] = expanded(keys[i - 1], _mm_aeskeygenassist_si128(keys[i - 1], constant))
    NEXT(1, 0x01), NEXT(2, 0x02), NEXT(3, 0x04), NEXT(4, 0x08), NEXT(5, 0x10);
    NEXT(6, 0x20), NEXT(7, 0x40), NEXT(8, 0x80), NEXT(9, 0x1B), NEXT(10, 0x36);
#undef NEXT
    for (int i = 0; i < 11; i++) _mm_store_si128((__m128i *)key->round_keys[i], keys[i]);

    // The hash key times x: shifted left by one, and what falls out at the top comes back as the polynomial.
    __m128i hash_key = reversed(encrypted(keys, _mm_setzero_si128()));
    __m128i carries = _mm_srli_epi64(hash_key, 63);
    __m128i out = _mm_sub_epi64(_mm_setzero_si128(), _mm_srli_si128(carries, 8));  // all ones in the low half, or none
    out = _mm_and_si128(_mm_shuffle_epi32(out, 0x44), _mm_set_epi64x((long long)0xC200000000000000, 1));
    hash_key = _mm_xor_si128(_mm_or_si128(_mm_slli_epi64(hash_key, 1), _mm_slli_si128(carries, 8)), out);

    __m128i power = hash_key;
    for (int i = POWERS - 1; i >= 0; i--) {
        _mm_store_si128((__m128i *)key->powers[i], power);
        power = times(power, hash_key);
    }
}

// One group of counter blocks through the cipher and onto the text. `before`, a group of ciphertext if any, is hashed
// meanwhile.
AESNI static ALWAYS_INLINE __m128i encrypt_group(const struct gcm_key *key, __m128i *counter, const uint8_t *text,
                                                 uint8_t *out, const uint8_t *before, __m128i hash) {
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    __m128i blocks[LANES], round_key = load(key->round_keys[0]);
    for (int i = 0; i < LANES; i++) {
        blocks[i] = _mm_xor_si128(*counter, round_key);
        *counter = _mm_add_epi32(*counter, COUNTER_STEP);
    }
    UNROLLED for (int round = 1; round < 10; round++) {
        round_key = load(key->round_keys[round]);
        UNROLLED for (int i = 0; i < LANES; i++) blocks[i] = _mm_aesenc_si128(blocks[i], round_key);
        if (before && round <= LANES) {
            __m128i block = reversed(load(before + 16 * (round - 1)));
            if (round == 1) block = _mm_xor_si128(block, hash);
            add_product(&sum, block, power_of(key, LANES + 1 - round));
        }
    }
    round_key = load(key->round_keys[10]);
    UNROLLED for (int i = 0; i < LANES; i++) {
        __m128i stream = _mm_aesenclast_si128(blocks[i], round_key);
        _mm_storeu_si128((__m128i *)(out + 16 * i), _mm_xor_si128(stream, load(text + 16 * i)));
    }
    return before ? reduced(sum) : hash;
}

AESNI void gcm_seal_aesni(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                          size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out) {
    __m128i counter = first_counter(nonce);
    __m128i mask = encrypted((const __m128i *)key->round_keys, counter);
    __m128i hash = hash_associated(key, associated, associated_bytes);
    counter = _mm_add_epi32(counter, COUNTER_STEP);
    size_t at = 0;
    if (text_bytes) encrypt_group(key, &counter, text, out, NULL, hash);
    for (; at + GROUP_BYTES < text_bytes; at += GROUP_BYTES)
        hash = encrypt_group(key, &counter, text + at + GROUP_BYTES, out + at + GROUP_BYTES, out + at, hash);
    __m128i last = lengths(associated_bytes, text_bytes);
    _mm_storeu_si128((__m128i *)(out + text_bytes), tag(key, hash, out + at, text_bytes - at, last, mask));
}

AESNI void gcm_unseal_aesni(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                            size_t associated_bytes, uint8_t *text, size_t text_bytes,
                            uint8_t expected[GCM_TAG_BYTES]) {
    __m128i counter = first_counter(nonce);
    __m128i mask = encrypted((const __m128i *)key->round_keys, counter);
    __m128i hash = hash_associated(key, associated, associated_bytes);
    counter = _mm_add_epi32(counter, COUNTER_STEP);
    size_t at = 0;
    for (; at + GROUP_BYTES < text_bytes; at += GROUP_BYTES)
        hash = encrypt_group(key, &counter, text + at, text + at, text + at, hash);
    __m128i last = lengths(associated_bytes, text_bytes);
    _mm_storeu_si128((__m128i *)expected, tag(key, hash, text + at, text_bytes - at, last, mask));
    if (text_bytes) encrypt_group(key, &counter, text + at, text + at, NULL, hash);
}

#else  // another processor: libcrypto does it all

bool gcm_aesni_runs(void) { return false; }

void gcm_expand(struct gcm_key *key, const uint8_t secret[16]) { (void)key, (void)secret; }

void gcm_seal_aesni(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                    size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out) {
    (void)key, (void)nonce, (void)associated, (void)associated_bytes, (void)text, (void)text_bytes, (void)out;
}

void gcm_unseal_aesni(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                      size_t associated_bytes, uint8_t *text, size_t text_bytes, uint8_t expected[GCM_TAG_BYTES]) {
    (void)key, (void)nonce, (void)associated, (void)associated_bytes, (void)text, (void)text_bytes, (void)expected;
}

#endif
