#include "frame.h"

#include "gcm.h"

#define ALIGNED(bytes) (((size_t)(bytes) + 15) & ~(size_t)15)

bool check_integer(PyObject *number, const char *what, long long low, long long high, long long *value) {
    *value = PyLong_AsLongLong(number);
    if (*value == -1 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_OverflowError)) return false;
        PyErr_Clear();
        *value = low - 1;
    }
    if (low <= *value && *value <= high) return true;
    PyErr_Format(PyExc_ValueError, "%s must be from %lld to %lld", what, low, high);
    return false;
}

bool read_integer(PyObject *from, PyObject *name, long long low, long long high, long long *value) {
    PyObject *number = PyObject_GetAttr(from, name);
    if (number == NULL) return false;
    bool good = check_integer(number, PyUnicode_AsUTF8(name), low, high, value);
    Py_DECREF(number);
    return good;
}

static bool read_truth(PyObject *from, PyObject *name, bool *value) {
    PyObject *object = PyObject_GetAttr(from, name);
    if (object == NULL) return false;
    int truth = PyObject_IsTrue(object);
    Py_DECREF(object);
    *value = truth > 0;
    return truth >= 0;
}

// All but the payload's bytes.
static bool read_packet(const struct packet_names *names, PyObject *from, size_t bytes, struct packet *packet) {
    long long sequence, timestamp, send_time, picture_at, tl0_at;
    if (!read_integer(from, names->sequence, 0, SEQUENCE_MAX, &sequence) ||
        !read_integer(from, names->timestamp, 0, UINT32_MAX, &timestamp) ||
        !read_integer(from, names->send_time, 0, SEND_TIME_MAX, &send_time) ||
        !read_integer(from, names->picture_at, 0, PAYLOAD_BYTES_MAX, &picture_at) ||
        !read_integer(from, names->tl0_at, 0, PAYLOAD_BYTES_MAX, &tl0_at) ||
        !read_truth(from, names->marker, &packet->marker) || !read_truth(from, names->padded, &packet->padded))
        return false;
    if (picture_at && ((size_t)picture_at + 2 > bytes || (size_t)tl0_at + 1 > bytes)) {
        PyErr_SetString(PyExc_ValueError, "picture_at and tl0_at must lie within the payload");
        return false;
    }
    packet->sequence = sequence;
    packet->timestamp = (uint32_t)timestamp;
    packet->send_time = (uint32_t)send_time;
    packet->picture_at = (uint16_t)picture_at;
    packet->tl0_at = (uint16_t)tl0_at;
    packet->bytes = (uint16_t)bytes;
    return true;
}

static void copy_payload(struct packet *packet, uint8_t *to, const char *from) {
    packet->payload = to;
    memcpy(to, from, packet->bytes);
    if (!packet->picture_at) return;
    packet->picture = (uint16_t)(to[packet->picture_at] << 8 | to[packet->picture_at + 1]);
    packet->tl0 = to[packet->tl0_at];
}

// A packet's bytes, as new references.
struct parts {
    PyObject *payload, *descriptor;
};

static PyObject *read_bytes(PyObject *from, PyObject *name, int most) {
    PyObject *bytes = PyObject_GetAttr(from, name);
    if (bytes == NULL) return NULL;
    if (!PyBytes_Check(bytes))
        PyErr_Format(PyExc_TypeError, "%U must be bytes", name);
    else if (PyBytes_GET_SIZE(bytes) > most)
        PyErr_Format(PyExc_ValueError, "%U must be of at most %d bytes", name, most);
    else
        return bytes;
    Py_DECREF(bytes);
    return NULL;
}

// Those of a tuple's packets. Returns how many bytes they need in a frame, 0 with an exception.
static size_t read_parts(const struct packet_names *names, PyObject *packets, struct parts *parts) {
    size_t bytes = GCM_SLACK_BYTES;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(packets); i++) {
        PyObject *packet = PyTuple_GET_ITEM(packets, i);
        parts[i].payload = read_bytes(packet, names->payload, PAYLOAD_BYTES_MAX);
        if (parts[i].payload == NULL) return 0;
        parts[i].descriptor = read_bytes(packet, names->descriptor, DESCRIPTOR_BYTES_MAX);
        if (parts[i].descriptor == NULL) return 0;
        Py_ssize_t described = PyBytes_GET_SIZE(parts[i].descriptor);
        if (described && described < DESCRIPTOR_BYTES_MIN) {
            PyErr_Format(PyExc_ValueError, "descriptor must be of at least %d bytes", DESCRIPTOR_BYTES_MIN);
            return 0;
        }
        bytes += ALIGNED(REPAIR_BYTES) + ALIGNED(PyBytes_GET_SIZE(parts[i].payload)) + ALIGNED(described);
    }
    return bytes;
}

static void copy_descriptor(struct packet *packet, uint8_t *to, PyObject *from) {
    packet->descriptor_bytes = (uint8_t)PyBytes_GET_SIZE(from);
    if (!packet->descriptor_bytes) return;
    packet->descriptor = memcpy(to, PyBytes_AS_STRING(from), packet->descriptor_bytes);
    packet->frame = (uint16_t)(to[1] << 8 | to[2]);
}

static struct frame *frame_of(const struct packet_names *names, PyObject *packets, struct parts *parts) {
    size_t bytes = read_parts(names, packets, parts);
    if (!bytes) return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(packets);
    size_t head = ALIGNED(sizeof(struct frame) + (size_t)count * sizeof(struct packet));
    struct frame *frame = PyMem_RawCalloc(1, head + bytes);
    if (frame == NULL) return (struct frame *)PyErr_NoMemory();
    uint8_t *at = (uint8_t *)frame + head;
    for (Py_ssize_t i = 0; i < count; i++) {
        struct packet *packet = &frame->packets[i];
        size_t size = (size_t)PyBytes_GET_SIZE(parts[i].payload);
        if (!read_packet(names, PyTuple_GET_ITEM(packets, i), size, packet)) {
            PyMem_RawFree(frame);
            return NULL;
        }
        copy_descriptor(packet, at, parts[i].descriptor);
        at += ALIGNED(packet->descriptor_bytes) + ALIGNED(REPAIR_BYTES);
        copy_payload(packet, at, PyBytes_AS_STRING(parts[i].payload));
        at += ALIGNED(size);
    }
    frame->count = (int)count;
    return frame;
}

struct frame *frame_read(const struct packet_names *names, PyObject *packets) {
    PyObject *tuple = PySequence_Tuple(packets);  // ours: reading attributes may run code that changes the caller's
    if (tuple == NULL) return NULL;
    struct frame *frame = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    if (count > FRAME_PACKETS_MAX) {
        PyErr_Format(PyExc_ValueError, "at most %d packets at once", FRAME_PACKETS_MAX);
    } else {
        struct parts parts[FRAME_PACKETS_MAX] = {{NULL, NULL}};
        frame = frame_of(names, tuple, parts);
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_XDECREF(parts[i].payload);
            Py_XDECREF(parts[i].descriptor);
        }
    }
    Py_DECREF(tuple);
    return frame;
}

void frame_free(struct frame *frame) { PyMem_RawFree(frame); }
