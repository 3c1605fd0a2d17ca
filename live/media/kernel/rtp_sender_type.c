// RtpSenders as Python sees them.
#include "types.h"

#include <structmember.h>
#include <sys/random.h>

#define REPAIRED_BITS 15  // where retransmissions begin to count is anybody's guess, and below 2^16 as SRTP wants it

static bool read_numbers(PyObject *from, struct offsets *offsets) {
    static const char *const names[] = {"origin", "timestamp", "picture", "tl0", "frame"};
    const long long any = 1LL << 62;
    long long values[5];
    if (!PyTuple_Check(from) || PyTuple_GET_SIZE(from) != 5) {
        PyErr_SetString(PyExc_TypeError, "offsets must be live.media.fanout.engine.RewriteOffsets");
        return false;
    }
    for (int i = 0; i < 5; i++) {
        long long most = i == 0 ? SEQUENCE_MAX : any;  // all but the origin are modulo something
        if (!check_integer(PyTuple_GET_ITEM(from, i), names[i], -most, most, &values[i])) return false;
    }
    offsets->origin = values[0];
    offsets->timestamp = (uint32_t)values[1];
    offsets->picture = (uint16_t)(values[2] & 0x7FFF);
    offsets->tl0 = (uint8_t)values[3];
    offsets->frame = (uint16_t)values[4];
    offsets->counts_pictures = values[2] || values[3];
    return true;
}

static bool read_route(const struct module_state *state, PyObject *from, struct route *route) {
    long long ssrc, payload_type, repair_ssrc, repair_type, send_time, dependency;
    if (!read_integer(from, state->ssrc, 0, UINT32_MAX, &ssrc) ||
        !read_integer(from, state->payload_type, 0, 127, &payload_type) ||
        !read_integer(from, state->repair_ssrc, 0, UINT32_MAX, &repair_ssrc) ||
        !read_integer(from, state->repair_type, 0, 127, &repair_type) ||
        !read_integer(from, state->send_time, 0, 14, &send_time) ||
        !read_integer(from, state->dependency, 0, UINT8_MAX, &dependency))
        return false;
    *route = (struct route){(uint32_t)ssrc,       (uint32_t)repair_ssrc, (uint8_t)payload_type,
                            (uint8_t)repair_type, (uint8_t)send_time,    (uint8_t)dependency};
    return true;
}

// Where the subscriber is: a tuple for UDP, anything with `write` for TCP.
static bool place(RtpSender *self, PyObject *address) {
    PyObject *stream = NULL;
    struct address read = {0};
    if (PyTuple_Check(address)) {
        if (!read_address(&read, self->engine->family, address)) return false;
    } else {
        PyObject *write = PyObject_GetAttr(address, self->engine->state->write);
        if (write == NULL) return false;
        Py_DECREF(write);
        stream = Py_NewRef(address);
    }
    self->sender->address = read;
    self->sender->streamed = stream != NULL;
    self->sender->singly = 0;
    Py_XSETREF(self->stream, stream);
    return true;
}

static struct sender *sender_open(Engine *engine, bool aead, const Py_buffer *key, const Py_buffer *salt) {
    if (!check_key(aead, key, salt)) return NULL;
    size_t bytes = (sizeof(struct sender) + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
    struct sender *sender = aligned_alloc(CACHE_LINE_BYTES, bytes);
    if (sender == NULL) return (struct sender *)PyErr_NoMemory();
    memset(sender, 0, bytes);
    uint16_t random;
    if (getentropy(&random, sizeof random) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
    } else if (!srtp_open(&sender->srtp, engine->cipher, aead, STREAM_RTP, key->buf, salt->buf)) {
        PyErr_NoMemory();
    } else {
        sender->repaired = random & ((1 << REPAIRED_BITS) - 1);
        return sender;
    }
    free(sender);
    return NULL;
}

static PyObject *sender_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"engine", "aead", "key", "salt", "route", "offsets", "address", NULL};
    struct module_state *state = state_of(type);
    if (state == NULL) return NULL;
    PyObject *engine, *route, *offsets, *address;
    Py_buffer key, salt;
    int aead;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!py*y*OOO:RtpSender", names, state->engine_type, &engine, &aead,
                                     &key, &salt, &route, &offsets, &address))
        return NULL;
    RtpSender *self = (RtpSender *)type->tp_alloc(type, 0);
    bool made = false;
    if (self != NULL) {
        self->engine = (Engine *)Py_NewRef(engine);
        self->sender = sender_open(self->engine, aead, &key, &salt);
        made = self->sender != NULL && read_route(state, route, &self->sender->route) &&
               read_numbers(offsets, &self->sender->offsets) && place(self, address);
    }
    PyBuffer_Release(&key);
    PyBuffer_Release(&salt);
    if (!made) {
        Py_XDECREF(self);
        return NULL;
    }
    self->offsets = Py_NewRef(offsets);
    self->sender->owner = self;
    self->sender->first = self->sender->offsets.origin;
    return (PyObject *)self;
}

static int sender_traverse(RtpSender *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->engine);
    Py_VISIT(self->offsets);
    Py_VISIT(self->stream);
    return 0;
}

static int sender_clear(RtpSender *self) {
    Py_CLEAR(self->offsets);
    Py_CLEAR(self->stream);
    return 0;
}

static void sender_dealloc(RtpSender *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    sender_clear(self);
    if (self->sender) srtp_close(&self->sender->srtp);
    free(self->sender);
    Py_XDECREF(self->engine);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *sender_renumber(RtpSender *self, PyObject *args) {
    PyObject *tuple, *number;
    struct offsets offsets;
    long long first;
    if (!PyArg_ParseTuple(args, "OO:set_offsets", &tuple, &number)) return NULL;
    if (engine_is_busy(self->engine) || !read_numbers(tuple, &offsets)) return NULL;
    // From here on every packet the sender takes has an index of zero or more.
    if (!check_integer(number, "first", offsets.origin < 0 ? 0 : offsets.origin, SEQUENCE_MAX, &first)) return NULL;
    if (self->fanout != NULL) {
        PyErr_SetString(PyExc_ValueError, "the sender is in a fan-out");
        return NULL;
    }
    self->sender->offsets = offsets;
    self->sender->first = first;
    Py_SETREF(self->offsets, Py_NewRef(tuple));
    Py_RETURN_NONE;
}

static PyObject *sender_move(RtpSender *self, PyObject *address) {
    if (engine_is_busy(self->engine) || !place(self, address)) return NULL;
    Py_RETURN_NONE;
}

static bool have_been_sent(const struct frame *frame, const struct offsets *offsets) {
    for (int i = 0; i < frame->count; i++) {
        if (frame->packets[i].sequence >= offsets->origin) continue;
        PyErr_SetString(PyExc_ValueError, "a packet before the origin cannot have been sent");
        return false;
    }
    return true;
}

static PyObject *sender_repeat(RtpSender *self, PyObject *args) {
    PyObject *packets, *offsets, *time;
    struct again again;
    long long send_time;
    if (!PyArg_ParseTuple(args, "OOO:repeat", &packets, &offsets, &time)) return NULL;
    if (!read_numbers(offsets, &again.offsets) || !check_integer(time, "send_time", 0, SEND_TIME_MAX, &send_time))
        return NULL;
    struct frame *frame = frame_read(&self->engine->state->packet_names, packets);
    if (frame == NULL) return NULL;
    again.send_time = (uint32_t)send_time;
    bool sent = have_been_sent(frame, &again.offsets) && !engine_is_busy(self->engine) &&
                engine_send_one(self->engine, self->sender, frame, &again);
    frame_free(frame);
    if (!sent) return NULL;
    Py_RETURN_NONE;
}

static PyObject *sender_packets(RtpSender *self, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(self->sender->packets);
}

static PyObject *sender_bytes(RtpSender *self, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(self->sender->bytes);
}

static PyObject *sender_repaired(RtpSender *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(self->sender->repaired);
}

static PyGetSetDef sender_properties[] = {
    {"packets", (getter)sender_packets, NULL, "Packets handed to the kernel, repeats included.", NULL},
    {"bytes", (getter)sender_bytes, NULL, "Their bytes, without those of UDP and IP.", NULL},
    {"repaired", (getter)sender_repaired, NULL, "SRTP index of the next retransmission.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef sender_members[] = {
    {"offsets", T_OBJECT, offsetof(RtpSender, offsets), READONLY, "How it counts."},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef sender_methods[] = {
    {"set_offsets", (PyCFunction)sender_renumber, METH_VARARGS, "set_offsets(offsets, first): count on differently."},
    {"move", (PyCFunction)sender_move, METH_O, "move(address): the subscriber is somewhere else now."},
    {"repeat", (PyCFunction)sender_repeat, METH_VARARGS, "repeat(packets, offsets, send_time): what was lost, again."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot sender_slots[] = {
    {Py_tp_doc, "RtpSender(engine, aead, key, salt, route, offsets, address)\n--\n\nOne subscriber's end of one track."},
    {Py_tp_new, sender_new},
    {Py_tp_dealloc, sender_dealloc},
    {Py_tp_traverse, sender_traverse},
    {Py_tp_clear, sender_clear},
    {Py_tp_getset, sender_properties},
    {Py_tp_members, sender_members},
    {Py_tp_methods, sender_methods},
    {0, NULL},
};

PyType_Spec sender_spec = {
    .name = "live.media.kernel._kernel.RtpSender",
    .basicsize = sizeof(RtpSender),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = sender_slots,
};
