#include "types.h"

#include <structmember.h>

const char *const cipher_names[] = {"libcrypto", "AES-NI", "VAES"};

struct module_state *state_of(PyTypeObject *type) {
    PyObject *module = PyType_GetModuleByDef(type, &module_def);
    return module ? PyModule_GetState(module) : NULL;
}

bool engine_is_busy(const Engine *engine) {
    if (engine->busy) PyErr_SetString(PyExc_RuntimeError, "the engine is sending in another thread");
    return engine->busy;
}

bool socket_number(PyObject *from, const struct module_state *state, int *socket) {
    PyObject *number = PyObject_CallMethodNoArgs(from, state->fileno);
    if (number == NULL) return false;
    long long value;
    bool good = check_integer(number, "fileno", -1, INT_MAX, &value);
    Py_DECREF(number);
    *socket = (int)value;
    return good;
}

bool engine_socket(const Engine *engine, int *socket) { return socket_number(engine->socket, engine->state, socket); }

bool engine_has_room(const Engine *engine, int packets) {
    return batch_has_room(&engine->batch, packets) && engine->streamed_count < STREAMED_MAX &&
           engine->stream_used + (size_t)packets * (2 + PACKET_BYTES_MAX) <= STREAM_BYTES;
}

static size_t write_packet(struct sender *sender, const struct packet *packet, const struct again *again,
                           uint8_t *at) {
    return again ? sender_write_again(sender, packet, again, at) : sender_write(sender, packet, at);
}

static void emit_framed(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again) {
    struct streamed *streamed = &engine->streamed[engine->streamed_count];
    *streamed = (struct streamed){sender, engine->stream_used, 0, 0};
    for (int i = 0; i < frame->count; i++) {
        if (!again && frame->packets[i].sequence < sender->first) continue;
        uint8_t *at = engine->stream_buffer + engine->stream_used;
        size_t bytes = write_packet(sender, &frame->packets[i], again, at + 2);
        if (!bytes) continue;
        at[0] = (uint8_t)(bytes >> 8);
        at[1] = (uint8_t)bytes;
        engine->stream_used += bytes + 2;
        streamed->bytes += bytes + 2;
        streamed->packets++;
    }
    if (streamed->packets) engine->streamed_count++;
}

void engine_emit(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again) {
    if (sender->streamed) {
        emit_framed(engine, sender, frame, again);
        return;
    }
    bool fresh = true;
    for (int i = 0; i < frame->count; i++) {
        const struct packet *packet = &frame->packets[i];
        if (!again && packet->sequence < sender->first) continue;
        size_t bytes = write_packet(sender, packet, again, batch_end(&engine->batch));
        if (!bytes) continue;
        batch_append(&engine->batch, sender, bytes, fresh);
        fresh = false;
    }
}

void engine_send(Engine *engine, int socket) { batch_send(&engine->batch, socket); }

static void write_to(Engine *engine, RtpSender *sender, PyObject *framed) {
    PyObject *stream = sender->stream;
    if (stream == NULL) return;  // moved away by what was written just before
    Py_INCREF(stream);
    PyObject *result = PyObject_CallMethodOneArg(stream, engine->state->write, framed);
    if (result == NULL) PyErr_WriteUnraisable(stream);  // the others are to get theirs
    Py_XDECREF(result);
    Py_DECREF(stream);
}

bool engine_write(Engine *engine) {
    // Writing runs code that may send by this engine: what is in its buffers is taken out before.
    RtpSender *senders[STREAMED_MAX];
    PyObject *framed[STREAMED_MAX];
    int count = engine->streamed_count, made = 0;
    for (; made < count; made++) {
        const struct streamed *streamed = &engine->streamed[made];
        const char *from = (const char *)engine->stream_buffer + streamed->start;
        framed[made] = PyBytes_FromStringAndSize(from, (Py_ssize_t)streamed->bytes);
        if (framed[made] == NULL) break;
        senders[made] = (RtpSender *)Py_NewRef(streamed->sender->owner);
        streamed->sender->packets += streamed->packets;
        streamed->sender->bytes += streamed->bytes - 2 * streamed->packets;
    }
    engine->streamed_count = 0;
    engine->stream_used = 0;
    for (int i = 0; i < made; i++) {
        if (made == count) write_to(engine, senders[i], framed[i]);
        Py_DECREF(framed[i]);
        Py_DECREF(senders[i]);
    }
    return made == count;
}

bool engine_send_one(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again) {
    int socket;
    if (!engine_socket(engine, &socket)) return false;
    engine_emit(engine, sender, frame, again);
    engine_send(engine, socket);
    return engine_write(engine);
}

bool read_cipher(const char *name, enum cipher *cipher) {
    for (int i = CIPHER_LIBCRYPTO; i <= CIPHER_VAES; i++) {
        if (strcmp(name, cipher_names[i]) != 0) continue;
        *cipher = (enum cipher)i;
        if (cipher_runs(*cipher)) return true;
        PyErr_Format(PyExc_ValueError, "this processor does not have %s", name);
        return false;
    }
    PyErr_Format(PyExc_ValueError, "cipher must be libcrypto, AES-NI or VAES, not %s", name);
    return false;
}

bool read_family(PyObject *socket, PyObject *name, int *family) {
    long long value;
    if (!read_integer(socket, name, 0, INT_MAX, &value)) return false;
    *family = (int)value;
    if (value == AF_INET || value == AF_INET6) return true;
    PyErr_SetString(PyExc_ValueError, "the socket must be one of IPv4 or IPv6");
    return false;
}

static PyObject *engine_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"sock", "gso", "cipher", NULL};
    PyObject *socket;
    int gso, family;
    const char *name = NULL;
    enum cipher cipher = best_cipher();
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "Op|z:Engine", names, &socket, &gso, &name)) return NULL;
    struct module_state *state = state_of(type);
    if (state == NULL || !read_family(socket, state->family, &family)) return NULL;
    if (name != NULL && !read_cipher(name, &cipher)) return NULL;
    Engine *engine = (Engine *)type->tp_alloc(type, 0);
    if (engine == NULL) return NULL;
    engine->state = state;
    engine->module = Py_NewRef(PyType_GetModuleByDef(type, &module_def));
    engine->socket = Py_NewRef(socket);
    engine->family = family;
    engine->cipher = cipher;
    engine->stream_buffer = PyMem_RawCalloc(1, STREAM_BYTES + GCM_SLACK_BYTES);
    if (!batch_open(&engine->batch, gso) || engine->stream_buffer == NULL) {
        Py_DECREF(engine);
        return PyErr_NoMemory();
    }
    return (PyObject *)engine;
}

static int engine_traverse(Engine *engine, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(engine));
    Py_VISIT(engine->module);
    Py_VISIT(engine->socket);
    return 0;
}

static int engine_clear(Engine *engine) {
    // The module stays until the end: senders and fan-outs in the same heap of garbage may still look at its state.
    Py_CLEAR(engine->socket);
    return 0;
}

static void engine_dealloc(Engine *engine) {
    PyTypeObject *type = Py_TYPE(engine);
    PyObject_GC_UnTrack(engine);
    engine_clear(engine);
    batch_close(&engine->batch);
    PyMem_RawFree(engine->stream_buffer);
    Py_XDECREF(engine->module);
    type->tp_free(engine);
    Py_DECREF(type);
}

static PyObject *engine_cipher(Engine *engine, void *closure) {
    (void)closure;
    return PyUnicode_FromString(cipher_names[engine->cipher]);
}

static PyGetSetDef engine_properties[] = {
    {"cipher", (getter)engine_cipher, NULL, "What encrypts: libcrypto, AES-NI or VAES.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef engine_members[] = {
    {"dropped", T_ULONGLONG, offsetof(Engine, batch.dropped), READONLY, "Packets that were lost before the network."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot engine_slots[] = {
    {Py_tp_doc, "Engine(sock, gso, cipher=None)\n--\n\nBuffers and a socket, for fan-outs to share."},
    {Py_tp_new, engine_new},
    {Py_tp_dealloc, engine_dealloc},
    {Py_tp_traverse, engine_traverse},
    {Py_tp_clear, engine_clear},
    {Py_tp_getset, engine_properties},
    {Py_tp_members, engine_members},
    {0, NULL},
};

PyType_Spec engine_spec = {
    .name = "live.media.kernel._kernel.Engine",
    .basicsize = sizeof(Engine),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = engine_slots,
};
