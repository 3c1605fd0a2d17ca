// VAES and VPCLMULQDQ: as gcm_aesni.c, on two blocks at a time. AMD since 2020, Intel since 2019. Measured, it takes
// 0.19 instead of 0.32 µs for 1,100 bytes.
#include "gcm.h"

#if defined(__x86_64__)

#include "gcm_x86.h"

#define VAES __attribute__((target("aes,pclmul,sse4.1,avx2,vaes,vpclmulqdq")))
#define PAIRS 4
#define GROUP_BYTES (PAIRS * 32)

bool gcm_vaes_runs(void) {
    return gcm_aesni_runs() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vaes") &&
           __builtin_cpu_supports("vpclmulqdq");
}

struct wide_product {
    __m256i low, middle, high;
};

VAES static inline __m256i load_pair(const void *from) { return _mm256_loadu_si256(from); }

VAES static inline __m256i twice(const void *from) { return _mm256_broadcastsi128_si256(load(from)); }

VAES static inline __m256i reversed_pair(__m256i pair) {
    return _mm256_shuffle_epi8(pair, _mm256_broadcastsi128_si256(REVERSAL));
}

VAES static inline void add_products(struct wide_product *sum, __m256i pair, __m256i powers) {
    sum->low = _mm256_xor_si256(sum->low, _mm256_clmulepi64_epi128(pair, powers, 0x00));
    sum->high = _mm256_xor_si256(sum->high, _mm256_clmulepi64_epi128(pair, powers, 0x11));
    sum->middle = _mm256_xor_si256(sum->middle, _mm256_clmulepi64_epi128(pair, powers, 0x01));
    sum->middle = _mm256_xor_si256(sum->middle, _mm256_clmulepi64_epi128(pair, powers, 0x10));
}

VAES static inline __m128i folded(__m256i pair) {
    return _mm_xor_si128(_mm256_castsi256_si128(pair), _mm256_extracti128_si256(pair, 1));
}

VAES static ALWAYS_INLINE __m128i encrypt_group(const struct gcm_key *key, __m256i *counters, const uint8_t *text,
                                                uint8_t *out, const uint8_t *before, __m128i hash) {
    const __m256i step = _mm256_broadcastsi128_si256(_mm_slli_epi32(COUNTER_STEP, 1));
    struct wide_product sum = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
    __m256i pairs[PAIRS], round_key = twice(key->round_keys[0]);
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = _mm256_xor_si256(*counters, round_key);
        *counters = _mm256_add_epi32(*counters, step);
    }
    UNROLLED for (int round = 1; round < 10; round++) {
        round_key = twice(key->round_keys[round]);
        UNROLLED for (int i = 0; i < PAIRS; i++) pairs[i] = _mm256_aesenc_epi128(pairs[i], round_key);
        if (before && round <= PAIRS) {
            __m256i pair = reversed_pair(load_pair(before + 32 * (round - 1)));
            if (round == 1) pair = _mm256_xor_si256(pair, _mm256_zextsi128_si256(hash));
            add_products(&sum, pair, load_pair(key->powers[2 * (round - 1)]));
        }
    }
    round_key = twice(key->round_keys[10]);
    UNROLLED for (int i = 0; i < PAIRS; i++) {
        __m256i stream = _mm256_aesenclast_epi128(pairs[i], round_key);
        _mm256_storeu_si256((__m256i *)(out + 32 * i), _mm256_xor_si256(stream, load_pair(text + 32 * i)));
    }
    return before ? reduced((struct product){folded(sum.low), folded(sum.middle), folded(sum.high)}) : hash;
}

VAES void gcm_seal_vaes(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                        size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out) {
    __m128i first = first_counter(nonce);
    __m128i mask = encrypted((const __m128i *)key->round_keys, first);
    __m128i hash = hash_associated(key, associated, associated_bytes);
    first = _mm_add_epi32(first, COUNTER_STEP);
    __m256i counters = _mm256_set_m128i(_mm_add_epi32(first, COUNTER_STEP), first);
    size_t at = 0;
    if (text_bytes) encrypt_group(key, &counters, text, out, NULL, hash);
    for (; at + GROUP_BYTES < text_bytes; at += GROUP_BYTES)
        hash = encrypt_group(key, &counters, text + at + GROUP_BYTES, out + at + GROUP_BYTES, out + at, hash);
    __m128i last = lengths(associated_bytes, text_bytes);
    _mm_storeu_si128((__m128i *)(out + text_bytes), tag(key, hash, out + at, text_bytes - at, last, mask));
}

VAES void gcm_unseal_vaes(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                          size_t associated_bytes, uint8_t *text, size_t text_bytes, uint8_t expected[GCM_TAG_BYTES]) {
    __m128i first = first_counter(nonce);
    __m128i mask = encrypted((const __m128i *)key->round_keys, first);
    __m128i hash = hash_associated(key, associated, associated_bytes);
    first = _mm_add_epi32(first, COUNTER_STEP);
    __m256i counters = _mm256_set_m128i(_mm_add_epi32(first, COUNTER_STEP), first);
    size_t at = 0;
    for (; at + GROUP_BYTES < text_bytes; at += GROUP_BYTES)
        hash = encrypt_group(key, &counters, text + at, text + at, text + at, hash);
    __m128i last = lengths(associated_bytes, text_bytes);
    _mm_storeu_si128((__m128i *)expected, tag(key, hash, text + at, text_bytes - at, last, mask));
    if (text_bytes) encrypt_group(key, &counters, text + at, text + at, NULL, hash);
}

#else

bool gcm_vaes_runs(void) { return false; }

void gcm_seal_vaes(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                   size_t associated_bytes, const uint8_t *text, size_t text_bytes, uint8_t *out) {
    (void)key, (void)nonce, (void)associated, (void)associated_bytes, (void)text, (void)text_bytes, (void)out;
}

void gcm_unseal_vaes(const struct gcm_key *key, struct gcm_nonce nonce, const uint8_t *associated,
                      size_t associated_bytes, uint8_t *text, size_t text_bytes, uint8_t expected[GCM_TAG_BYTES]) {
    (void)key, (void)nonce, (void)associated, (void)associated_bytes, (void)text, (void)text_bytes, (void)expected;
}

#endif
