// VAES and VPCLMULQDQ: the same on two blocks at a time. AMD since 2020, Intel since 2019.
#include "gcm.h"

#if defined(__x86_64__)

#include "gcm_x86.h"

#ifndef VECTORS
#define VECTORS 4
#endif
#define GROUP_BYTES (VECTORS * 32)
#define VAES __attribute__((target("aes,pclmul,sse4.1,avx2,vaes,vpclmulqdq")))

bool gcm_vaes_runs(void) {
    return gcm_aesni_runs() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vaes") &&
           __builtin_cpu_supports("vpclmulqdq");
}

struct wide_product {
    __m256i low, middle, high;
};

VAES static inline __m256i load_two(const void *from) { return _mm256_loadu_si256(from); }

VAES static inline __m256i twice(const void *from) { return _mm256_broadcastsi128_si256(load(from)); }

VAES static inline void add_products(struct wide_product *sum, __m256i blocks, __m256i powers) {
    sum->low = _mm256_xor_si256(sum->low, _mm256_clmulepi64_epi128(blocks, powers, 0x00));
    sum->high = _mm256_xor_si256(sum->high, _mm256_clmulepi64_epi128(blocks, powers, 0x11));
    sum->middle = _mm256_xor_si256(sum->middle, _mm256_clmulepi64_epi128(blocks, powers, 0x01));
    sum->middle = _mm256_xor_si256(sum->middle, _mm256_clmulepi64_epi128(blocks, powers, 0x10));
}

VAES static inline __m128i both(__m256i pair) {
    return _mm_xor_si128(_mm256_castsi256_si128(pair), _mm256_extracti128_si256(pair, 1));
}

VAES static inline __attribute__((always_inline)) __m128i encrypt_group(const struct gcm_key *key, __m256i *counter, const uint8_t *text, uint8_t *out,
                                          const uint8_t *before, __m128i hash) {
    const __m256i step = _mm256_set_epi32(2 << 24, 0, 0, 0, 2 << 24, 0, 0, 0);
    const __m256i reversal = _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    struct wide_product sum = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    __m256i blocks[VECTORS], round_key = twice(key->round_keys[0]);
    for (int i = 0; i < VECTORS; i++) {
        blocks[i] = _mm256_xor_si256(*counter, round_key);
        *counter = _mm256_add_epi32(*counter, step);
    }
#pragma GCC unroll 9
    for (int round = 1; round < 10; round++) {
        round_key = twice(key->round_keys[round]);
#pragma GCC unroll 8
        for (int i = 0; i < VECTORS; i++) blocks[i] = _mm256_aesenc_epi128(blocks[i], round_key);
        if (before && round <= VECTORS) {
            __m256i pair = _mm256_shuffle_epi8(load_two(before + 32 * (round - 1)), reversal);
            if (round == 1) pair = _mm256_xor_si256(pair, _mm256_zextsi128_si256(hash));
#if VECTORS == 8
            if (round == 5) {hash = reduced((struct product){both(sum.low), both(sum.middle), both(sum.high)});
              sum = (struct wide_product){_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
              pair = _mm256_xor_si256(pair, _mm256_zextsi128_si256(hash)); }
            add_products(&sum, pair, load_two(key->powers[2 * ((round - 1)%4)]));
#else
            add_products(&sum, pair, load_two(key->powers[2 * (round - 1)]));
#endif
        }
    }
    round_key = twice(key->round_keys[10]);
#pragma GCC unroll 8
    for (int i = 0; i < VECTORS; i++) {
        __m256i stream = _mm256_aesenclast_epi128(blocks[i], round_key);
        _mm256_storeu_si256((__m256i *)(out + 32 * i), _mm256_xor_si256(stream, load_two(text + 32 * i)));
    }
    return before ? reduced((struct product){both(sum.low), both(sum.middle), both(sum.high)}) : hash;
}

VAES void gcm_seal_vaes(const struct gcm_key *key, const uint8_t nonce[GCM_NONCE_BYTES], const uint8_t *associated,
                        size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out) {
    const __m128i step = _mm_set_epi32(1 << 24, 0, 0, 0);
    __m128i first = _mm_insert_epi32(padded(nonce, GCM_NONCE_BYTES), 1 << 24, 3);
    __m128i mask = encrypted((const __m128i *)key->round_keys, first);
    first = _mm_add_epi32(first, step);
    __m256i counter = _mm256_set_m128i(_mm_add_epi32(first, step), first);
    __m128i hash = hash_associated(key, associated, associated_bytes);
    size_t at = 0;
    if (text_bytes) encrypt_group(key, &counter, text, out, NULL, hash);
    for (; at + GROUP_BYTES < text_bytes; at += GROUP_BYTES)
        hash = encrypt_group(key, &counter, text + at + GROUP_BYTES, out + at + GROUP_BYTES, out + at, hash);
#if VECTORS == 8
    while (text_bytes - at > 128) {
    struct wide_product sum = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    const __m256i reversal = _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    for (int i=0;i<4;i++) { 
            __m256i pair = _mm256_shuffle_epi8(load_two(out + at + 32 * i), reversal);
            if (i == 0) pair = _mm256_xor_si256(pair, _mm256_zextsi128_si256(hash));
            add_products(&sum, pair, load_two(key->powers[2 * i]));
    }
    hash = reduced((struct product){both(sum.low), both(sum.middle), both(sum.high)});
    at += 128;
    }
#endif
    __m128i last = lengths(associated_bytes, text_bytes);
    _mm_storeu_si128((__m128i *)(out + text_bytes), tag(key, hash, out + at, text_bytes - at, last, mask));
}

#endif
