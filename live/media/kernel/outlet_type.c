// Outlets as Python sees them.
#include "types.h"

#include <structmember.h>
#include <sys/random.h>

#define REPAIRED_BITS 15  // where retransmissions begin to count is anybody's guess, and below 2^16 as SRTP wants it

static bool read_numbers(PyObject *from, struct numbers *numbers) {
    static const char *const names[] = {"origin", "timestamp", "picture", "tl0", "frame"};
    const long long any = 1LL << 62;
    long long values[5];
    if (!PyTuple_Check(from) || PyTuple_GET_SIZE(from) != 5) {
        PyErr_SetString(PyExc_TypeError, "numbers must be live.media.fanout.engine.Numbers");
        return false;
    }
    for (int i = 0; i < 5; i++) {
        long long most = i == 0 ? SEQUENCE_MAX : any;  // all but the origin are modulo something
        if (!check_integer(PyTuple_GET_ITEM(from, i), names[i], -most, most, &values[i])) return false;
    }
    numbers->origin = values[0];
    numbers->timestamp = (uint32_t)values[1];
    numbers->picture = (uint16_t)(values[2] & 0x7FFF);
    numbers->tl0 = (uint8_t)values[3];
    numbers->frame = (uint16_t)values[4];
    numbers->counts_pictures = values[2] || values[3];
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

// Where the viewer is: a tuple for UDP, anything with `write` for TCP.
static bool place(Outlet *self, PyObject *address) {
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
    self->outlet->address = read;
    self->outlet->streamed = stream != NULL;
    self->outlet->singly = 0;
    Py_XSETREF(self->stream, stream);
    return true;
}

static struct outlet *outlet_open(Engine *engine, bool aead, const Py_buffer *key, const Py_buffer *salt) {
    if (!check_key(aead, key, salt)) return NULL;
    size_t bytes = (sizeof(struct outlet) + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES * CACHE_LINE_BYTES;
    struct outlet *outlet = aligned_alloc(CACHE_LINE_BYTES, bytes);
    if (outlet == NULL) return (struct outlet *)PyErr_NoMemory();
    memset(outlet, 0, bytes);
    uint16_t random;
    if (getentropy(&random, sizeof random) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
    } else if (!srtp_open(&outlet->srtp, engine->cipher, aead, STREAM_RTP, key->buf, salt->buf)) {
        PyErr_NoMemory();
    } else {
        outlet->repaired = random & ((1 << REPAIRED_BITS) - 1);
        return outlet;
    }
    free(outlet);
    return NULL;
}

static PyObject *outlet_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"engine", "aead", "key", "salt", "route", "numbers", "address", NULL};
    struct module_state *state = state_of(type);
    if (state == NULL) return NULL;
    PyObject *engine, *route, *numbers, *address;
    Py_buffer key, salt;
    int aead;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!py*y*OOO:Outlet", names, state->engine_type, &engine, &aead,
                                     &key, &salt, &route, &numbers, &address))
        return NULL;
    Outlet *self = (Outlet *)type->tp_alloc(type, 0);
    bool made = false;
    if (self != NULL) {
        self->engine = (Engine *)Py_NewRef(engine);
        self->outlet = outlet_open(self->engine, aead, &key, &salt);
        made = self->outlet != NULL && read_route(state, route, &self->outlet->route) &&
               read_numbers(numbers, &self->outlet->numbers) && place(self, address);
    }
    PyBuffer_Release(&key);
    PyBuffer_Release(&salt);
    if (!made) {
        Py_XDECREF(self);
        return NULL;
    }
    self->numbers = Py_NewRef(numbers);
    self->outlet->owner = self;
    self->outlet->first = self->outlet->numbers.origin;
    return (PyObject *)self;
}

static int outlet_traverse(Outlet *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->engine);
    Py_VISIT(self->numbers);
    Py_VISIT(self->stream);
    return 0;
}

static int outlet_clear(Outlet *self) {
    Py_CLEAR(self->numbers);
    Py_CLEAR(self->stream);
    return 0;
}

static void outlet_dealloc(Outlet *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    outlet_clear(self);
    if (self->outlet) srtp_close(&self->outlet->srtp);
    free(self->outlet);
    Py_XDECREF(self->engine);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *outlet_renumber(Outlet *self, PyObject *args) {
    PyObject *tuple, *number;
    struct numbers numbers;
    long long first;
    if (!PyArg_ParseTuple(args, "OO:renumber", &tuple, &number)) return NULL;
    if (engine_is_busy(self->engine) || !read_numbers(tuple, &numbers)) return NULL;
    // From here on every packet the outlet takes has an index of zero or more.
    if (!check_integer(number, "first", numbers.origin < 0 ? 0 : numbers.origin, SEQUENCE_MAX, &first)) return NULL;
    if (self->fanout != NULL) {
        PyErr_SetString(PyExc_ValueError, "the outlet is in a fan-out");
        return NULL;
    }
    self->outlet->numbers = numbers;
    self->outlet->first = first;
    Py_SETREF(self->numbers, Py_NewRef(tuple));
    Py_RETURN_NONE;
}

static PyObject *outlet_move(Outlet *self, PyObject *address) {
    if (engine_is_busy(self->engine) || !place(self, address)) return NULL;
    Py_RETURN_NONE;
}

static bool have_been_sent(const struct frame *frame, const struct numbers *numbers) {
    for (int i = 0; i < frame->count; i++) {
        if (frame->packets[i].sequence >= numbers->origin) continue;
        PyErr_SetString(PyExc_ValueError, "a packet before the origin cannot have been sent");
        return false;
    }
    return true;
}

static PyObject *outlet_repeat(Outlet *self, PyObject *args) {
    PyObject *packets, *numbers, *time;
    struct again again;
    long long send_time;
    if (!PyArg_ParseTuple(args, "OOO:repeat", &packets, &numbers, &time)) return NULL;
    if (!read_numbers(numbers, &again.numbers) || !check_integer(time, "send_time", 0, SEND_TIME_MAX, &send_time))
        return NULL;
    struct frame *frame = frame_read(&self->engine->state->packet_names, packets);
    if (frame == NULL) return NULL;
    again.send_time = (uint32_t)send_time;
    bool sent = have_been_sent(frame, &again.numbers) && !engine_is_busy(self->engine) &&
                engine_send_one(self->engine, self->outlet, frame, &again);
    frame_free(frame);
    if (!sent) return NULL;
    Py_RETURN_NONE;
}

static PyObject *outlet_packets(Outlet *self, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(self->outlet->packets);
}

static PyObject *outlet_bytes(Outlet *self, void *closure) {
    (void)closure;
    return PyLong_FromUnsignedLongLong(self->outlet->bytes);
}

static PyObject *outlet_repaired(Outlet *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(self->outlet->repaired);
}

static PyGetSetDef outlet_properties[] = {
    {"packets", (getter)outlet_packets, NULL, "Packets handed to the kernel, repeats included.", NULL},
    {"bytes", (getter)outlet_bytes, NULL, "Their bytes, without those of UDP and IP.", NULL},
    {"repaired", (getter)outlet_repaired, NULL, "SRTP index of the next retransmission.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef outlet_members[] = {
    {"numbers", T_OBJECT, offsetof(Outlet, numbers), READONLY, "How it counts."},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef outlet_methods[] = {
    {"renumber", (PyCFunction)outlet_renumber, METH_VARARGS, "renumber(numbers, first): count on differently."},
    {"move", (PyCFunction)outlet_move, METH_O, "move(address): the viewer is somewhere else now."},
    {"repeat", (PyCFunction)outlet_repeat, METH_VARARGS, "repeat(packets, numbers, send_time): what was lost, again."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot outlet_slots[] = {
    {Py_tp_doc, "Outlet(engine, aead, key, salt, route, numbers, address)\n--\n\nOne viewer's end of one track."},
    {Py_tp_new, outlet_new},
    {Py_tp_dealloc, outlet_dealloc},
    {Py_tp_traverse, outlet_traverse},
    {Py_tp_clear, outlet_clear},
    {Py_tp_getset, outlet_properties},
    {Py_tp_members, outlet_members},
    {Py_tp_methods, outlet_methods},
    {0, NULL},
};

PyType_Spec outlet_spec = {
    .name = "live.media.kernel._kernel.Outlet",
    .basicsize = sizeof(Outlet),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = outlet_slots,
};
