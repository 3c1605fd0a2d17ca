// Packets copied and checked once from Python, so that sending needs no Python objects.
#ifndef CADEAU_FRAME_H
#define CADEAU_FRAME_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAME_PACKETS_MAX 64
#define PAYLOAD_BYTES_MAX 1500
#define SEQUENCE_MAX ((1LL << 47) - 1)  // so that an SRTP index, the difference of two such numbers, fits in 48 bits
#define SEND_TIME_MAX 0xFFFFFF
#define DESCRIPTOR_BYTES_MIN 3
#define DESCRIPTOR_BYTES_MAX 255  // of a header extension
#define REPAIR_BYTES 2  // a retransmission's payload begins with the original sequence number (RFC 4588)

struct packet {
    int64_t sequence;
    uint32_t timestamp;
    uint32_t send_time;
    uint16_t bytes;
    uint16_t picture_at;  // 0: no picture id to rewrite
    uint16_t tl0_at;
    uint16_t picture;  // the original two bytes at `picture_at` and the one at `tl0_at`
    uint8_t tl0;
    uint8_t descriptor_bytes;  // 0: none
    bool marker, padded;
    uint16_t frame;  // the original number in the descriptor
    const uint8_t *descriptor;
    uint8_t *payload;  // REPAIR_BYTES of room before it, GCM_SLACK_BYTES behind it
};

struct frame {
    int count;
    struct packet packets[];  // followed by payloads and descriptors
};

// The interned names of a packet's attributes.
struct packet_names {
    PyObject *sequence, *timestamp, *marker, *padded, *payload, *picture_at, *tl0_at, *send_time, *descriptor;
};

// Reads a sequence of `live.media.rtp.packets.Packet`. NULL with an exception set if a number is out of range.
struct frame *frame_read(const struct packet_names *names, PyObject *packets);
void frame_free(struct frame *frame);

// Reads an attribute that must be an integer from `low` to `high`. False with an exception set if it is not.
bool read_integer(PyObject *from, PyObject *name, long long low, long long high, long long *value);
// The same for a given object; `what` names it in the exception.
bool check_integer(PyObject *number, const char *what, long long low, long long high, long long *value);

#endif
