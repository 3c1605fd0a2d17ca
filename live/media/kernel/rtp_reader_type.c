// The reader as Python sees it: reads a publisher's own socket, decrypts its media and takes it apart.
#define _GNU_SOURCE
#include "types.h"

#include <stdlib.h>

#include "bytes.h"
#include "mail.h"

#define PARSED_FIELDS 9
#define UNREAD_S_MAX 1.0  // a datagram that seems to have waited for longer: the clock has been set
#define RTCP_TYPE_MIN 192  // second byte of RTCP packets (RFC 5761), and 32 of them

typedef struct {
    PyObject_HEAD
    struct module_state *state;
    PyObject *module;  // keeps `state` alive
    PyObject *socket;
    Opener *opener;
    PyTypeObject *parsed_type;  // live.media.rtp.packets.ReceivedPacket
    struct address from;        // who is connected
} RtpReader;

// What a turn gives. Lists are made when they are needed.
struct taken {
    PyObject *packets, *reports, *others;
};

static bool append(PyObject **list, PyObject *item) {
    if (item && !*list) *list = PyList_New(0);
    bool done = item && *list && PyList_Append(*list, item) == 0;
    Py_XDECREF(item);
    return done;
}

static PyObject *bytes_of(const uint8_t *from, size_t bytes) {
    return PyBytes_FromStringAndSize((const char *)from, (Py_ssize_t)bytes);
}

// As `live.media.rtp.packets.parse` would give it.
static PyObject *parsed(const RtpReader *self, const uint8_t *packet, size_t bytes, double at) {
    size_t start = rtp_header_bytes(packet, bytes), fixed = RTP_HEADER_BYTES + 4 * (size_t)(packet[0] & 15);
    PyObject *made = self->parsed_type->tp_alloc(self->parsed_type, PARSED_FIELDS);
    if (made == NULL) return NULL;
    PyObject *const fields[PARSED_FIELDS] = {
        PyLong_FromLong(packet[1] & 127),
        PyBool_FromLong(packet[1] >> 7),
        PyLong_FromUnsignedLong(two_bytes(packet + 2)),
        PyLong_FromUnsignedLong(four_bytes(packet + 4)),
        PyLong_FromUnsignedLong(four_bytes(packet + 8)),
        PyBool_FromLong(packet[0] >> 5 & 1),
        bytes_of(packet + start, bytes - start),
        bytes_of(packet + fixed, start - fixed),
        PyFloat_FromDouble(at),
    };
    bool whole = true;
    for (int i = 0; i < PARSED_FIELDS; i++) {
        PyTuple_SET_ITEM(made, i, fields[i]);
        whole &= fields[i] != NULL;
    }
    if (!whole) Py_CLEAR(made);
    return made;
}

// One datagram. False with an exception set when memory is short.
static bool sort(RtpReader *self, struct taken *taken, struct mail *mail, int i, double at) {
    uint8_t *data = mail->data[i];
    size_t bytes = mail->headers[i].msg_len;
    bool encrypted = data[0] >> 6 == 2 && same_address(&mail->from[i], &self->from);
    if (!encrypted) {
        if (!taken->others) taken->others = PyList_New(0);
        return taken->others && hand_over(taken->others, data, bytes, &mail->from[i]);
    }
    if (bytes >= 2 && (data[1] & 0xE0) == RTCP_TYPE_MIN) {
        size_t size = opener_rtcp(&self->opener->opener, data, bytes);
        return !size || append(&taken->reports, bytes_of(data, size));
    }
    size_t size = opener_rtp(&self->opener->opener, data, bytes);
    return !size || append(&taken->packets, parsed(self, data, size, at));
}

static PyObject *given(PyObject *list) { return list ? list : PyTuple_New(0); }

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static PyObject *turn(RtpReader *self, struct mail *mail) {
    int socket;
    bool emptied, good = true;
    if (!socket_number(self->socket, self->state, &socket)) return NULL;
    int count = mail_receive(mail, socket, DATAGRAMS_PER_TURN_MAX, &emptied);
    struct taken taken = {NULL, NULL, NULL};
    double now = seconds(CLOCK_MONOTONIC), real = seconds(CLOCK_REALTIME);
    for (int i = 0; i < count && good; i++) {
        double waited = real - mail_time(mail, i);
        if (!(waited >= 0 && waited < UNREAD_S_MAX)) waited = 0;
        if (mail->headers[i].msg_len) good = sort(self, &taken, mail, i, now - waited);
    }
    if (good)
        return Py_BuildValue("NNNO", given(taken.packets), given(taken.reports), given(taken.others),
                             emptied ? Py_True : Py_False);
    Py_XDECREF(taken.packets);
    Py_XDECREF(taken.reports);
    Py_XDECREF(taken.others);
    return NULL;
}

static PyObject *reader_turn(RtpReader *self, PyObject *unused) {
    (void)unused;
    struct mail *mail = self->state->mail ? self->state->mail : mail_open();
    if (mail == NULL) return PyErr_NoMemory();
    self->state->mail = NULL;  // whatever code runs meanwhile, it is nobody else's
    PyObject *result = turn(self, mail);
    free(self->state->mail);
    self->state->mail = mail;
    return result;
}

static PyObject *reader_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"sock", "address", "opener", "parsed", NULL};
    struct module_state *state = state_of(type);
    if (state == NULL) return NULL;
    PyObject *socket, *place, *opener, *parsed_type;
    int family;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO!O!O!:RtpReader", names, &socket, &PyTuple_Type, &place,
                                     state->opener_type, &opener, &PyType_Type, &parsed_type) ||
        !read_family(socket, state->family, &family))
        return NULL;
    struct address from = {0};
    int number;
    if (!read_address(&from, family, place) || !socket_number(socket, state, &number)) return NULL;
    mail_ask_for_times(number);
    if (!PyType_IsSubtype((PyTypeObject *)parsed_type, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "parsed must be live.media.rtp.packets.ReceivedPacket");
        return NULL;
    }
    RtpReader *self = (RtpReader *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->state = state;
    self->module = Py_NewRef(PyType_GetModuleByDef(type, &module_def));
    self->socket = Py_NewRef(socket);
    self->opener = (Opener *)Py_NewRef(opener);
    self->parsed_type = (PyTypeObject *)Py_NewRef(parsed_type);
    self->from = from;
    return (PyObject *)self;
}

static int reader_traverse(RtpReader *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->module);
    Py_VISIT(self->socket);
    Py_VISIT(self->opener);
    Py_VISIT(self->parsed_type);
    return 0;
}

static void reader_dealloc(RtpReader *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->socket);
    Py_XDECREF(self->opener);
    Py_XDECREF(self->parsed_type);
    Py_XDECREF(self->module);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef reader_methods[] = {
    {"turn", (PyCFunction)reader_turn, METH_NOARGS,
     "Read what is waiting, up to a limit: media, reports, what is neither, and whether that was all."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot reader_slots[] = {
    {Py_tp_doc, "RtpReader(sock, address, opener, parsed)\n--\n\nReads a publisher's own socket."},
    {Py_tp_new, reader_new},
    {Py_tp_dealloc, reader_dealloc},
    {Py_tp_traverse, reader_traverse},
    {Py_tp_methods, reader_methods},
    {0, NULL},
};

PyType_Spec reader_spec = {
    .name = "live.media.kernel._kernel.RtpReader",
    .basicsize = sizeof(RtpReader),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = reader_slots,
};
