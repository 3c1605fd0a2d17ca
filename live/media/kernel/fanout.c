// Fan-outs: a frame goes to one subscriber after the other, for as long as a turn may take.
#include "types.h"

#include <structmember.h>
#include <time.h>

#define SENDERS_PER_LOOK 16  // at the clock; also how many subscribers' datagrams go to the kernel in one call

static int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Goes on until everybody has the frame (true), the time is over, or there are packets to write. Needs no lock.
static bool run(Fanout *self, Frame *under_way, int socket, int64_t until) {
    Engine *engine = self->engine;
    const struct frame *frame = under_way->frame;
    int looked = 0;
    bool time_left = true;
    while (under_way->next < self->count && time_left) {
        if (!engine_has_room(engine, frame->count)) {
            if (engine->streamed_count) break;
            engine_send(engine, socket);
        }
        struct sender *sender = self->senders[under_way->next++];
        if (under_way->next < self->count) sender_prefetch(self->senders[under_way->next]);
        if (sender->newest < under_way->number) {
            sender->newest = under_way->number;
            engine_emit(engine, sender, frame, NULL);
        }
        if (++looked % SENDERS_PER_LOOK == 0) {
            engine_send(engine, socket);
            time_left = until < 0 || now_ns() < until;
        }
    }
    engine_send(engine, socket);
    return under_way->next >= self->count;
}

static bool run_unlocked(Fanout *self, Frame *under_way, int socket, int64_t until) {
    Py_ssize_t left = self->count - under_way->next;
    if (left * under_way->frame->count < UNLOCKED_PACKETS_MIN) return run(self, under_way, socket, until);
    bool done;
    self->engine->busy = true;
    Py_BEGIN_ALLOW_THREADS
    done = run(self, under_way, socket, until);
    Py_END_ALLOW_THREADS
    self->engine->busy = false;
    return done;
}

static bool is_ours(const Fanout *self, PyObject *frame) {
    if (Py_IS_TYPE(frame, self->engine->state->frame_type) && ((Frame *)frame)->fanout == self) return true;
    PyErr_SetString(PyExc_TypeError, "not a frame of this fan-out");
    return false;
}

static PyObject *fanout_advance(Fanout *self, PyObject *args) {
    PyObject *object;
    long long limit_ns;
    if (!PyArg_ParseTuple(args, "OL:advance", &object, &limit_ns) || !is_ours(self, object)) return NULL;
    Frame *under_way = (Frame *)object;
    int64_t until = limit_ns < 0 ? -1 : now_ns() + (limit_ns < 1000000000 ? limit_ns : 1000000000);
    for (;;) {
        int socket;  // asked for each time: what is written below may close it
        if (engine_is_busy(self->engine) || !engine_socket(self->engine, &socket)) return NULL;
        bool done = run_unlocked(self, under_way, socket, until);
        if (!engine_write(self->engine)) return NULL;
        if (done) Py_RETURN_TRUE;
        if (until >= 0 && now_ns() >= until) Py_RETURN_FALSE;
    }
}

static PyObject *fanout_abandon(Fanout *self, PyObject *object) {
    if (!is_ours(self, object) || engine_is_busy(self->engine)) return NULL;
    Frame *under_way = (Frame *)object;
    for (; under_way->next < self->count; under_way->next++) {
        struct sender *sender = self->senders[under_way->next];
        if (sender->newest < under_way->number) self->engine->batch.dropped += (uint64_t)under_way->frame->count;
    }
    Py_RETURN_NONE;
}

static PyObject *fanout_frame(Fanout *self, PyObject *packets) {
    struct module_state *state = self->engine->state;
    struct frame *frame = frame_read(&state->packet_names, packets);
    if (frame == NULL) return NULL;
    Frame *made = (Frame *)state->frame_type->tp_alloc(state->frame_type, 0);
    if (made == NULL) {
        frame_free(frame);
        return NULL;
    }
    made->frame = frame;
    made->fanout = self;
    made->number = ++self->frames;
    return (PyObject *)made;
}

static RtpSender *sender_of(const Fanout *self, PyObject *object) {
    if (Py_IS_TYPE(object, self->engine->state->sender_type) && ((RtpSender *)object)->engine == self->engine)
        return (RtpSender *)object;
    PyErr_SetString(PyExc_TypeError, "not an sender of the same engine");
    return NULL;
}

static bool grow(Fanout *self) {
    if (self->count < self->room) return true;
    Py_ssize_t room = self->room ? self->room * 2 : 8;
    struct sender **senders = PyMem_RawRealloc(self->senders, (size_t)room * sizeof *senders);
    if (senders == NULL) {
        PyErr_NoMemory();
        return false;
    }
    self->senders = senders;
    self->room = room;
    return true;
}

static PyObject *fanout_add(Fanout *self, PyObject *object) {
    RtpSender *sender = sender_of(self, object);
    if (sender == NULL || engine_is_busy(self->engine)) return NULL;
    if (sender->fanout != NULL) {
        PyErr_SetString(PyExc_ValueError, "the sender is in a fan-out");
        return NULL;
    }
    if (!grow(self)) return NULL;
    Py_INCREF(sender);
    sender->fanout = self;
    sender->slot = self->count;
    sender->sender->newest = self->frames;  // what is under way is not for it
    self->senders[self->count++] = sender->sender;
    Py_RETURN_NONE;
}

static PyObject *fanout_remove(Fanout *self, PyObject *object) {
    RtpSender *sender = sender_of(self, object);
    if (sender == NULL || engine_is_busy(self->engine)) return NULL;
    if (sender->fanout != self) {
        PyErr_SetString(PyExc_ValueError, "the sender is not in this fan-out");
        return NULL;
    }
    // The last one takes its place. If a frame under way has passed that place, it is lost to the one that moves.
    struct sender *last = self->senders[--self->count];
    self->senders[sender->slot] = last;
    ((RtpSender *)last->owner)->slot = sender->slot;
    sender->fanout = NULL;
    Py_DECREF(sender);
    Py_RETURN_NONE;
}

static PyObject *fanout_send_to(Fanout *self, PyObject *args) {
    PyObject *object, *packets;
    if (!PyArg_ParseTuple(args, "OO:send_to", &object, &packets)) return NULL;
    RtpSender *sender = sender_of(self, object);
    if (sender == NULL) return NULL;
    struct frame *frame = frame_read(&self->engine->state->packet_names, packets);
    if (frame == NULL) return NULL;
    bool sent = !engine_is_busy(self->engine) && engine_send_one(self->engine, sender->sender, frame, NULL);
    frame_free(frame);
    if (!sent) return NULL;
    Py_RETURN_NONE;
}

static PyObject *fanout_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    static char *names[] = {"engine", NULL};
    struct module_state *state = state_of(type);
    if (state == NULL) return NULL;
    PyObject *engine;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "O!:Fanout", names, state->engine_type, &engine)) return NULL;
    Fanout *self = (Fanout *)type->tp_alloc(type, 0);
    if (self != NULL) self->engine = (Engine *)Py_NewRef(engine);
    return (PyObject *)self;
}

static int fanout_traverse(Fanout *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->engine);
    for (Py_ssize_t i = 0; i < self->count; i++) Py_VISIT(self->senders[i]->owner);
    return 0;
}

static int fanout_clear(Fanout *self) {
    while (self->count) {
        RtpSender *sender = self->senders[--self->count]->owner;
        sender->fanout = NULL;
        Py_DECREF(sender);
    }
    return 0;
}

static void fanout_dealloc(Fanout *self) {
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    fanout_clear(self);
    PyMem_RawFree(self->senders);
    Py_XDECREF(self->engine);
    type->tp_free(self);
    Py_DECREF(type);
}

static Py_ssize_t fanout_length(Fanout *self) { return self->count; }

static PyMethodDef fanout_methods[] = {
    {"add", (PyCFunction)fanout_add, METH_O, "add(sender): it gets what everybody gets, from the next frame on."},
    {"remove", (PyCFunction)fanout_remove, METH_O, "remove(sender): it gets nothing more."},
    {"frame", (PyCFunction)fanout_frame, METH_O, "frame(packets): the next frame for those who are here now."},
    {"advance", (PyCFunction)fanout_advance, METH_VARARGS,
     "advance(frame, nanoseconds): send it on, for about that long (negative: to the end); True when all have it."},
    {"abandon", (PyCFunction)fanout_abandon, METH_O, "abandon(frame): who does not have it yet does not get it."},
    {"send_to", (PyCFunction)fanout_send_to, METH_VARARGS, "send_to(sender, packets): to one."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot fanout_slots[] = {
    {Py_tp_doc, "Fanout(engine)\n--\n\nThe senders of one stream."},
    {Py_tp_new, fanout_new},
    {Py_tp_dealloc, fanout_dealloc},
    {Py_tp_traverse, fanout_traverse},
    {Py_tp_clear, fanout_clear},
    {Py_tp_methods, fanout_methods},
    {Py_sq_length, fanout_length},
    {0, NULL},
};

PyType_Spec fanout_spec = {
    .name = "live.media.kernel._kernel.Fanout",
    .basicsize = sizeof(Fanout),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = fanout_slots,
};

static void frame_dealloc(Frame *self) {
    PyTypeObject *type = Py_TYPE(self);
    frame_free(self->frame);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot frame_slots[] = {
    {Py_tp_doc, "Packets on their way to everybody in a fan-out."},
    {Py_tp_dealloc, frame_dealloc},
    {0, NULL},
};

PyType_Spec frame_spec = {
    .name = "live.media.kernel._kernel.Frame",
    .basicsize = sizeof(Frame),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = frame_slots,
};
