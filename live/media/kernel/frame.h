// Packets as C sees them: read once from Python, checked, and copied, so that sending needs no Python object.
#ifndef CADEAU_FRAME_H
#define CADEAU_FRAME_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAME_PACKETS_MAX 64
#define PAYLOAD_BYTES_MAX 1500
#define SEQUENCE_MAX ((1LL << 47) - 1)  // so that an SRTP index, a difference of two such offsets, has 48 bits
#define SEND_TIME_MAX 0xFFFFFF
#define DESCRIPTOR_BYTES_MIN 3
#define DESCRIPTOR_BYTES_MAX 255  // what a header extension can have
#define REPAIR_BYTES 2  // the number a retransmission had at first stands before its payload (RFC 4588)

struct packet {
    int64_t sequence;
    uint32_t timestamp;
    uint32_t send_time;
    uint16_t bytes;
    uint16_t picture_at;  // 0: nothing to count
    uint16_t tl0_at;
    uint16_t picture;  // the two bytes at `picture_at` and the one at `tl0_at`, as they came
    uint8_t tl0;
    uint8_t descriptor_bytes;  // 0: it has none
    bool marker, padded;
    uint16_t frame;  // the number in the descriptor, as it came
    const uint8_t *descriptor;
    uint8_t *payload;  // REPAIR_BYTES of room before it, GCM_SLACK_BYTES behind it
};

struct frame {
    int count;
    struct packet packets[];  // the payloads and descriptors follow them
};

// The names of a packet's attributes, interned.
struct packet_names {
    PyObject *sequence, *timestamp, *marker, *padded, *payload, *picture_at, *tl0_at, *send_time, *descriptor;
};

// Reads a sequence of `live.media.rtp.packets.Packet`. NULL with an exception set when any number is out of its range.
struct frame *frame_read(const struct packet_names *names, PyObject *packets);
void frame_free(struct frame *frame);

// An attribute that must be a whole number from `low` to `high`; false with an exception set when it is not.
bool read_integer(PyObject *from, PyObject *name, long long low, long long high, long long *value);
// The same of a number at hand; `what` is for the exception.
bool check_integer(PyObject *number, const char *what, long long low, long long high, long long *value);

#endif
