// The filter as Python sees it: reads the port's socket, and hands on what it cannot deal with itself.
#define _GNU_SOURCE
#include "types.h"

#include <structmember.h>

#include "feedback_filter.h"
#include "mail.h"

typedef struct {
    PyObject_HEAD
    struct module_state *state;
    PyObject *module;  // keeps `state` alive
    PyObject *socket;
    int family;
    bool busy;  // a thread is receiving without the interpreter's lock
    unsigned long long dropped;
    struct known_table table;
    struct mail *mail;
} FeedbackFilter;

static bool sort(FeedbackFilter *self, int socket, int count, double now, PyObject *list) {
    bool checks = true;
    for (int i = 0; i < count; i++) {
        const struct address *from = &self->mail->from[i];
        const uint8_t *data = self->mail->data[i];
        size_t bytes = self->mail->headers[i].msg_len;
        if (!bytes) continue;
        bool stun = data[0] < 4;
        struct known *known = !stun || checks ? known_find(&self->table, from) : NULL;
        enum verdict verdict = known ? triage(known, data, bytes, now) : VERDICT_PYTHON;
        if (verdict == VERDICT_DROP) {
            self->dropped++;
        } else if (verdict == VERDICT_ANSWER) {
            uint8_t answer[STUN_ANSWER_BYTES_MAX];
            size_t size = answer_check(known, from, data, answer);
            // What the kernel does not take is lost, as on any network.
            sendto(socket, answer, size, MSG_DONTWAIT, (const struct sockaddr *)from,
                   self->mail->headers[i].msg_hdr.msg_namelen);
        } else {
            // What a check that Python sees leads to may change what becomes of those behind it.
            if (stun) checks = false;
            if (!hand_over(list, data, bytes, from)) return false;
        }
    }
    return true;
}

static PyObject *filter_turn(FeedbackFilter *self, PyObject *moment) {
    double now = PyFloat_AsDouble(moment);
    if (now == -1.0 && PyErr_Occurred()) return NULL;
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "the filter is receiving in another thread");
        return NULL;
    }
    int socket, count;
    bool emptied;
    if (!socket_number(self->socket, self->state, &socket)) return NULL;
    self->busy = true;
    Py_BEGIN_ALLOW_THREADS
    count = mail_receive(self->mail, socket, DATAGRAMS_PER_TURN_MAX, &emptied);
    Py_END_ALLOW_THREADS
    self->busy = false;
    PyObject *list = PyList_New(0);
    bool sorted = list && sort(self, socket, count, now, list);
    if (sorted) return Py_BuildValue("NO", list, emptied ? Py_True : Py_False);
    Py_XDECREF(list);
    return NULL;
}

static bool read_place(const FeedbackFilter *self, PyObject *from, struct address *address) {
    memset(address, 0, sizeof *address);
    if (PyTuple_Check(from)) return read_address(address, self->family, from);
    PyErr_SetString(PyExc_TypeError, "the address must be a tuple");
    return false;
}

static PyObject *filter_know(FeedbackFilter *self, PyObject *args) {
    PyObject *place;
    const char *ufrag, *password;
    Py_ssize_t ufrag_bytes, password_bytes;
    double interval;
    struct address address;
    if (!PyArg_ParseTuple(args, "Oy#y#d:know", &place, &ufrag, &ufrag_bytes, &password, &password_bytes, &interval) ||
        !read_place(self, place, &address))
        return NULL;
    if (ufrag_bytes < 1 || ufrag_bytes > UFRAG_BYTES_MAX || memchr(ufrag, ':', (size_t)ufrag_bytes) ||
        password_bytes > PASSWORD_BYTES_MAX) {
        PyErr_SetString(PyExc_ValueError, "no such fragment or password is ever made");
        return NULL;
    }
    if (!known_put(&self->table, &address, (const uint8_t *)ufrag, (size_t)ufrag_bytes, (const uint8_t *)password,
                   (size_t)password_bytes, interval))
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *filter_forget(FeedbackFilter *self, PyObject *place) {
    struct address address;
    if (!read_place(self, place, &address)) return NULL;
    struct known *known = known_find(&self->table, &address);
    if (known) known_remove(&self->table, known);
    Py_RETURN_NONE;
}

static PyObject *filter_set_interval(FeedbackFilter *self, PyObject *args) {
    PyObject *place;
    double seconds;
    struct address address;
    if (!PyArg_ParseTuple(args, "Od:set_interval", &place, &seconds) || !read_place(self, place, &address)) return NULL;
    struct known *known = known_find(&self->table, &address);
    if (known) known->report_interval_s = (float)seconds;
    Py_RETURN_NONE;
}

static PyObject *filter_heard_at(FeedbackFilter *self, PyObject *place) {
    struct address address;
    if (!read_place(self, place, &address)) return NULL;
    const struct known *known = known_find(&self->table, &address);
    return PyFloat_FromDouble(known ? known->heard_at : 0);
}

static PyObject *filter_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"sock", NULL};
    PyObject *socket;
    int family;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O:FeedbackFilter", names, &socket)) return NULL;
    struct module_state *state = state_of(type);
    if (state == NULL || !read_family(socket, state->family, &family)) return NULL;
    FeedbackFilter *self = (FeedbackFilter *)type->tp_alloc(type, 0);
    if (self == NULL) return NULL;
    self->state = state;
    self->module = Py_NewRef(PyType_GetModuleByDef(type, &module_def));
    self->socket = Py_NewRef(socket);
    self->family = family;
    self->mail = mail_open();
    if (!known_table_open(&self->table) || self->mail == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static int filter_traverse(FeedbackFilter *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->module);
    Py_VISIT(self->socket);
    return 0;
}

static void filter_dealloc(FeedbackFilter *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    known_table_close(&self->table);
    free(self->mail);
    Py_XDECREF(self->socket);
    Py_XDECREF(self->module);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef filter_methods[] = {
    {"turn", (PyCFunction)filter_turn, METH_O, "Read what is waiting, up to a limit."},
    {"know", (PyCFunction)filter_know, METH_VARARGS, "Deal with this one's plain reports and checks from now on."},
    {"forget", (PyCFunction)filter_forget, METH_O, "Hand everything from there over again."},
    {"set_interval", (PyCFunction)filter_set_interval, METH_VARARGS, "How often a plain report is handed over."},
    {"heard_at", (PyCFunction)filter_heard_at, METH_O, "When a check from there was last answered; 0: never."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef filter_members[] = {
    {"dropped", T_ULONGLONG, offsetof(FeedbackFilter, dropped), READONLY, "Reports that were not due."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot filter_slots[] = {
    {Py_tp_doc, "FeedbackFilter(sock)\n--\n\nReads a UDP socket, and deals with what needs no Python."},
    {Py_tp_new, filter_new},
    {Py_tp_dealloc, filter_dealloc},
    {Py_tp_traverse, filter_traverse},
    {Py_tp_methods, filter_methods},
    {Py_tp_members, filter_members},
    {0, NULL},
};

PyType_Spec filter_spec = {
    .name = "live.media.kernel._kernel.FeedbackFilter",
    .basicsize = sizeof(FeedbackFilter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = filter_slots,
};
