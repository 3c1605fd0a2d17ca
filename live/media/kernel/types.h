// The Python types' structures and the functions they share.
#ifndef CADEAU_TYPES_H
#define CADEAU_TYPES_H

#include "send/batch.h"
#include "send/frame.h"
#include "crypto/opener.h"
#include "send/rtp_sender.h"

#define STREAMED_MAX 16  // subscribers by TCP whose packets wait for the interpreter's lock
#define STREAM_BYTES (STREAMED_MAX * 16384 + FRAME_PACKETS_MAX * (2 + PACKET_BYTES_MAX))
#define UNLOCKED_PACKETS_MIN 32  // for fewer it costs too much to release and retake the interpreter's lock

// The module's state. Only `received` ever changes.
struct module_state {
    PyTypeObject *engine_type, *sender_type, *fanout_type, *frame_type, *filter_type;
    PyTypeObject *opener_type, *sealer_type, *reader_type;
    PyObject *fileno, *write, *family;
    PyObject *ssrc, *payload_type, *repair_ssrc, *repair_type, *send_time, *dependency;
    struct packet_names packet_names;
    struct received *received;  // shared by all readers, which read one after the other; NULL until first used
};

// Framed packets for one subscriber by TCP.
struct streamed {
    struct sender *sender;
    size_t start, bytes;
    uint32_t packets;
};

typedef struct {
    PyObject_HEAD
    struct module_state *state;
    PyObject *module;  // keeps `state` alive
    PyObject *socket;
    int family;
    bool busy;  // a thread is sending without the interpreter's lock: nothing may be changed
    enum cipher cipher;
    struct batch batch;
    uint8_t *stream_buffer;
    size_t stream_used;
    int streamed_count;
    struct streamed streamed[STREAMED_MAX];
} Engine;

struct fanout_object;

typedef struct {
    PyObject_HEAD
    struct sender *sender;
    Engine *engine;
    PyObject *offsets;             // the object that was given
    PyObject *stream;              // where to write to, for TCP
    struct fanout_object *fanout;  // borrowed: a fan-out clears it; NULL: in none
    Py_ssize_t slot;               // its index there
} RtpSender;

typedef struct fanout_object {
    PyObject_HEAD
    Engine *engine;
    struct sender **senders;
    Py_ssize_t count, room;
    int64_t frames;  // the number of the newest frame
} Fanout;

typedef struct {
    PyObject_HEAD
    struct frame *frame;
    const Fanout *fanout;  // borrowed, only compared
    int64_t number;
    Py_ssize_t next;  // the next sender's slot
} Frame;

typedef struct {
    PyObject_HEAD
    struct opener opener;
} Opener;

extern PyType_Spec engine_spec, sender_spec, fanout_spec, frame_spec;
extern PyType_Spec filter_spec, opener_spec, sealer_spec, reader_spec;
extern struct PyModuleDef module_def;
extern const char *const cipher_names[];  // indexed by enum cipher

struct module_state *state_of(PyTypeObject *type);

// False with an exception set if it is unknown or this processor cannot run it.
bool read_cipher(const char *name, enum cipher *cipher);

// The file descriptor of a Python socket, -1 if it is closed. False with an exception set if it is no socket.
bool socket_number(PyObject *from, const struct module_state *state, int *socket);
// AF_INET or AF_INET6. False with an exception set if it is another, or no socket.
bool read_family(PyObject *socket, PyObject *name, int *family);
// Reads an address in the form that a socket of that family gives. `from` must be a tuple, `address` all zeros.
bool read_address(struct address *address, int family, PyObject *from);
PyObject *address_tuple(const struct address *from);
bool same_address(const struct address *one, const struct address *other);
// Appends a datagram and its sender to a list. False with an exception set if memory is short.
bool hand_over(PyObject *list, const uint8_t *data, size_t bytes, const struct address *from);
// Checks the lengths of key and salt. False with an exception set if they are wrong.
bool check_key(bool aead, const Py_buffer *key, const Py_buffer *salt);

// True with an exception set when another thread is sending.
bool engine_is_busy(const Engine *engine);
// The socket's file descriptor, -1 if it is closed. False with an exception set if it is no socket.
bool engine_socket(const Engine *engine, int *socket);
// Whether so many packets for one more subscriber fit; if not, call `engine_send` and `engine_write` first.
bool engine_has_room(const Engine *engine, int packets);
// Encrypts a frame for one subscriber. `again`: it is sent again; else NULL.
void engine_emit(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again);
// Sends the datagrams. This and `engine_emit` need no lock.
void engine_send(Engine *engine, int socket);
// Writes the rest to TCP streams, which can run any code. False with an exception set if memory is short.
bool engine_write(Engine *engine);
// Emits, sends and writes for one subscriber.
bool engine_send_one(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again);

#endif
