// What decrypts a peer's packets and what encrypts RTCP for it, as Python sees them.
#define _GNU_SOURCE
#include "types.h"

#include "mail.h"

#define RTCP_BYTES_MAX 3072  // feedback on a thousand packets takes 2,400; beyond GCM_TEXT_BYTES_MAX the counter would end
#define RTCP_OVERHEAD_BYTES (SRTCP_TRAILER_BYTES + TAG_BYTES_MAX)

typedef struct {
    PyObject_HEAD
    struct srtp srtp;
} Sealer;

bool check_key(bool aead, const Py_buffer *key, const Py_buffer *salt) {
    if (key->len == KEY_BYTES && salt->len == (aead ? SALT_BYTES_GCM : SALT_BYTES_CM)) return true;
    PyErr_SetString(PyExc_ValueError, "key or salt are not of the profile's length");
    return false;
}

// What both are made of.
struct given {
    int aead;
    Py_buffer key, salt;
    enum cipher cipher;
};

static bool read_given(struct given *given, PyObject *args, PyObject *keywords, const char *format) {
    static char *names[] = {"aead", "key", "salt", "cipher", NULL};
    const char *name = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, format, names, &given->aead, &given->key, &given->salt, &name))
        return false;
    given->cipher = best_cipher();
    if (check_key(given->aead, &given->key, &given->salt) && (name == NULL || read_cipher(name, &given->cipher)))
        return true;
    PyBuffer_Release(&given->key);
    PyBuffer_Release(&given->salt);
    return false;
}

static void release(struct given *given) {
    PyBuffer_Release(&given->key);
    PyBuffer_Release(&given->salt);
}

static PyObject *opener_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    struct given given;
    if (!read_given(&given, args, keywords, "py*y*|z:Opener")) return NULL;
    Opener *self = (Opener *)type->tp_alloc(type, 0);
    if (self && !opener_open(&self->opener, given.cipher, given.aead, given.key.buf, given.salt.buf)) {
        Py_CLEAR(self);
        PyErr_NoMemory();
    }
    release(&given);
    return (PyObject *)self;
}

static void opener_dealloc(Opener *self) {
    PyTypeObject *type = Py_TYPE(self);
    opener_close(&self->opener);
    type->tp_free(self);
    Py_DECREF(type);
}

typedef size_t (*open_one)(struct opener *, uint8_t *, size_t);

static PyObject *open_by(Opener *self, PyObject *data, open_one open) {
    Py_buffer given;
    if (PyObject_GetBuffer(data, &given, PyBUF_SIMPLE) < 0) return NULL;
    uint8_t packet[DATAGRAM_BYTES_MAX + GCM_SLACK_BYTES];
    size_t bytes = 0;
    if (given.len <= DATAGRAM_BYTES_MAX) {
        memcpy(packet, given.buf, (size_t)given.len);
        bytes = open(&self->opener, packet, (size_t)given.len);
    }
    PyBuffer_Release(&given);
    if (!bytes) Py_RETURN_NONE;
    return PyBytes_FromStringAndSize((const char *)packet, (Py_ssize_t)bytes);
}

static PyObject *opener_open_rtp(Opener *self, PyObject *data) { return open_by(self, data, opener_rtp); }

static PyObject *opener_open_rtcp(Opener *self, PyObject *data) { return open_by(self, data, opener_rtcp); }

static PyMethodDef opener_methods[] = {
    {"open", (PyCFunction)opener_open_rtp, METH_O, "open(data): the packet, or None when it is refused."},
    {"open_rtcp", (PyCFunction)opener_open_rtcp, METH_O, "open_rtcp(data): the same of RTCP."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot opener_slots[] = {
    {Py_tp_doc, "Opener(aead, key, salt, cipher=None)\n--\n\nDecrypts what one peer sends."},
    {Py_tp_new, opener_new},
    {Py_tp_dealloc, opener_dealloc},
    {Py_tp_methods, opener_methods},
    {0, NULL},
};

PyType_Spec opener_spec = {
    .name = "live.media.kernel._kernel.Opener",
    .basicsize = sizeof(Opener),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = opener_slots,
};

// -- sealing RTCP --------------------------------------------------------------------------------

static PyObject *sealer_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    struct given given;
    if (!read_given(&given, args, keywords, "py*y*|z:Sealer")) return NULL;
    Sealer *self = (Sealer *)type->tp_alloc(type, 0);
    if (self && !srtp_open(&self->srtp, given.cipher, given.aead, STREAM_RTCP, given.key.buf, given.salt.buf)) {
        Py_CLEAR(self);
        PyErr_NoMemory();
    }
    release(&given);
    return (PyObject *)self;
}

static void sealer_dealloc(Sealer *self) {
    PyTypeObject *type = Py_TYPE(self);
    srtp_close(&self->srtp);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *sealer_seal_rtcp(Sealer *self, PyObject *args) {
    const char *packet;
    Py_ssize_t bytes;
    unsigned long index;
    if (!PyArg_ParseTuple(args, "y#k:seal_rtcp", &packet, &bytes, &index)) return NULL;
    if (bytes < SRTCP_HEADER_BYTES || bytes > RTCP_BYTES_MAX || index >> 31) {
        PyErr_SetString(PyExc_ValueError, "no such packet or index is ever sent");
        return NULL;
    }
    uint8_t sealed[RTCP_BYTES_MAX + RTCP_OVERHEAD_BYTES + GCM_SLACK_BYTES];
    memcpy(sealed, packet, (size_t)bytes);
    size_t size = srtcp_seal(&self->srtp, (uint32_t)index, sealed, (size_t)bytes);
    if (size) return PyBytes_FromStringAndSize((const char *)sealed, (Py_ssize_t)size);
    PyErr_SetString(PyExc_RuntimeError, "libcrypto refused");
    return NULL;
}

static PyMethodDef sealer_methods[] = {
    {"seal_rtcp", (PyCFunction)sealer_seal_rtcp, METH_VARARGS, "seal_rtcp(packet, index): what goes on the wire."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot sealer_slots[] = {
    {Py_tp_doc, "Sealer(aead, key, salt, cipher=None)\n--\n\nEncrypts RTCP for one peer."},
    {Py_tp_new, sealer_new},
    {Py_tp_dealloc, sealer_dealloc},
    {Py_tp_methods, sealer_methods},
    {0, NULL},
};

PyType_Spec sealer_spec = {
    .name = "live.media.kernel._kernel.Sealer",
    .basicsize = sizeof(Sealer),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = sealer_slots,
};
