// GHASH with carry-less multiplication, for both implementations on x86-64.
//
// GCM writes polynomials with their lowest power in the highest bit. Blocks are therefore reversed byte by byte, and
// the powers of the hash key are kept multiplied by x, which makes up for the bit by which reversed products are off
// (Gueron and Kounavis, "Intel Carry-Less Multiplication Instruction and its Usage for Computing the GCM Mode").
#ifndef CADEAU_GCM_X86_H
#define CADEAU_GCM_X86_H

#include <immintrin.h>

#include "gcm.h"

#define AESNI __attribute__((target("aes,pclmul,sse4.1")))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLLED _Pragma("unroll")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

#define POWERS 8  // of the hash key: so many blocks are hashed at once
#define COUNTER_STEP _mm_set_epi32(1 << 24, 0, 0, 0)  // the counter is the last byte: see GCM_TEXT_BYTES_MAX
#define REVERSAL _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

// A product before it is reduced: low + middle x^64 + high x^128.
struct product {
    __m128i low, middle, high;
};

AESNI static inline __m128i reversed(__m128i block) {
    return _mm_shuffle_epi8(block, REVERSAL);
}

AESNI static inline __m128i load(const void *from) { return _mm_loadu_si128(from); }

AESNI static inline void add_product(struct product *sum, __m128i block, __m128i power) {
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(block, power, 0x00));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(block, power, 0x11));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(block, power, 0x01));
    sum->middle = _mm_xor_si128(sum->middle, _mm_clmulepi64_si128(block, power, 0x10));
}

// Modulo x^128 + x^7 + x^2 + x + 1, 64 bits at a time from below.
AESNI static inline __m128i reduced(struct product sum) {
    const __m128i polynomial = _mm_set_epi64x((long long)0xC200000000000000, 1);
    __m128i folded = _mm_clmulepi64_si128(sum.low, polynomial, 0x10);
    __m128i middle = _mm_xor_si128(_mm_xor_si128(sum.middle, _mm_shuffle_epi32(sum.low, 0x4E)), folded);
    folded = _mm_clmulepi64_si128(middle, polynomial, 0x10);
    return _mm_xor_si128(_mm_xor_si128(sum.high, _mm_shuffle_epi32(middle, 0x4E)), folded);
}

AESNI static inline __m128i times(__m128i block, __m128i power) {
    struct product product = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    add_product(&product, block, power);
    return reduced(product);
}

AESNI static inline __m128i encrypted(const __m128i keys[11], __m128i block) {
    block = _mm_xor_si128(block, keys[0]);
    for (int round = 1; round < 10; round++) block = _mm_aesenc_si128(block, keys[round]);
    return _mm_aesenclast_si128(block, keys[10]);
}

// H^n, n from 1 to POWERS.
AESNI static inline __m128i power_of(const struct gcm_key *key, int n) { return load(key->powers[POWERS - n]); }

// The counter block that the tag is masked with, nonce and the number one; those of the text follow it.
AESNI static inline __m128i first_counter(struct gcm_nonce nonce) {
    return reversed(_mm_set_epi64x((long long)nonce.high, (long long)((uint64_t)nonce.low << 32 | 1)));
}

// All ones in the first `bytes` bytes, 0 to 16.
AESNI static inline __m128i first_bytes(size_t bytes) {
    const __m128i places = _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    return _mm_cmpgt_epi8(_mm_set1_epi8((char)bytes), places);
}

// Up to 16 bytes, and zeros instead of what stands behind them.
AESNI static inline __m128i load_some(const uint8_t *from, size_t bytes) {
    return _mm_and_si128(load(from), first_bytes(bytes));
}

// The hash of any length, with as many blocks at once as there are powers: of headers with a long extension.
AESNI static inline __m128i hash_long(const struct gcm_key *key, const uint8_t *data, size_t bytes) {
    __m128i hash = _mm_setzero_si128();
    while (bytes) {
        struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        size_t some = bytes < POWERS * 16 ? bytes : POWERS * 16;
        int blocks = (int)(some + 15) / 16;
        for (int i = 0; i < blocks; i++) {
            size_t left = some - 16 * (size_t)i;
            __m128i block = reversed(load_some(data + 16 * i, left < 16 ? left : 16));
            add_product(&sum, _mm_xor_si128(hash, block), power_of(key, blocks - i));
            hash = _mm_setzero_si128();
        }
        hash = reduced(sum);
        data += some;
        bytes -= some;
    }
    return hash;
}

// The hash of the associated data, where that of the ciphertext begins.
AESNI static inline __m128i hash_associated(const struct gcm_key *key, const uint8_t *data, size_t bytes) {
    if (bytes <= 16) return times(reversed(load_some(data, bytes)), power_of(key, 1));
    if (bytes > 32) return hash_long(key, data, bytes);
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    add_product(&sum, reversed(load(data)), power_of(key, 2));
    add_product(&sum, reversed(load_some(data + 16, bytes - 16)), power_of(key, 1));
    return reduced(sum);
}

// The lengths, in bits: the last block that is hashed, reversed already.
AESNI static inline __m128i lengths(size_t associated_bytes, size_t text_bytes) {
    return _mm_set_epi64x((long long)associated_bytes * 8, (long long)text_bytes * 8);
}

// Ends the hash with what is left of the ciphertext, at most eight blocks of which the last may be cut short, and the
// lengths. Returns the tag, and leaves zeros where the last block was cut.
AESNI static inline __m128i tag(const struct gcm_key *key, __m128i hash, uint8_t *cipher, size_t bytes,
                                __m128i lengths_block, __m128i mask) {
    struct product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    if (bytes % 16) {
        uint8_t *last = cipher + (bytes & ~(size_t)15);
        _mm_storeu_si128((__m128i *)last, load_some(last, bytes % 16));
    }
    int blocks = (int)(bytes + 15) / 16;
    if (blocks == POWERS) {  // there are not enough powers to hash the lengths along with them
        for (int i = 0; i < POWERS; i++) {
            __m128i block = reversed(load(cipher + 16 * i));
            add_product(&sum, i ? block : _mm_xor_si128(block, hash), power_of(key, POWERS - i));
        }
        hash = reduced(sum);
        sum = (struct product){_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
        blocks = 0;
    }
    for (int i = 0; i < blocks; i++) {
        add_product(&sum, _mm_xor_si128(hash, reversed(load(cipher + 16 * i))), power_of(key, blocks + 1 - i));
        hash = _mm_setzero_si128();
    }
    add_product(&sum, _mm_xor_si128(hash, lengths_block), power_of(key, 1));
    return _mm_xor_si128(reversed(reduced(sum)), mask);
}

#endif
