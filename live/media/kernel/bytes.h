// Numbers as packets have them, the highest byte first.
#ifndef CADEAU_BYTES_H
#define CADEAU_BYTES_H

#include <stdint.h>

static inline uint32_t two_bytes(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static inline uint32_t four_bytes(const uint8_t *at) { return two_bytes(at) << 16 | two_bytes(at + 2); }

#endif
