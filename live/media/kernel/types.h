// What Python sees of the kernel: engines, their senders, fan-outs and the frames under way in them.
#ifndef CADEAU_TYPES_H
#define CADEAU_TYPES_H

#include "batch.h"
#include "frame.h"
#include "opener.h"
#include "rtp_sender.h"

#define STREAMED_MAX 16  // subscribers reached by TCP whose packets wait for the interpreter's lock
#define STREAM_BYTES (STREAMED_MAX * 16384 + FRAME_PACKETS_MAX * (2 + PACKET_BYTES_MAX))
#define UNLOCKED_PACKETS_MIN 32  // for fewer, giving the interpreter's lock away and waiting for it costs too much

// Of the module: nothing here but `mail` changes once it is made.
struct module_state {
    PyTypeObject *engine_type, *sender_type, *fanout_type, *frame_type, *filter_type;
    PyTypeObject *opener_type, *sealer_type, *reader_type;
    PyObject *fileno, *write, *family;
    PyObject *ssrc, *payload_type, *repair_ssrc, *repair_type, *send_time, *dependency;
    struct packet_names packet_names;
    struct mail *mail;  // of readers, which are read one after the other; NULL until there is one
};

// Packets for one subscriber reached by TCP, each behind its length.
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
    bool busy;  // a thread is sending without the interpreter's lock: nobody else may change anything
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
    PyObject *offsets;             // as they were given
    PyObject *stream;              // where to write, for who is reached by TCP
    struct fanout_object *fanout;  // borrowed: it takes itself away; NULL: in none
    Py_ssize_t slot;               // where in it
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
    const Fanout *fanout;  // borrowed, only ever compared
    int64_t number;
    Py_ssize_t next;  // the slot to go on with
} Frame;

typedef struct {
    PyObject_HEAD
    struct opener opener;
} Opener;

extern PyType_Spec engine_spec, sender_spec, fanout_spec, frame_spec, filter_spec, opener_spec, sealer_spec, reader_spec;
extern struct PyModuleDef module_def;
extern const char *const cipher_names[];  // by enum cipher

struct module_state *state_of(PyTypeObject *type);

// False with an exception set when this processor does not have it.
bool read_cipher(const char *name, enum cipher *cipher);

// The descriptor of a Python socket, -1 when it is closed. False with an exception set when it is no socket.
bool socket_number(PyObject *from, const struct module_state *state, int *socket);
// AF_INET or AF_INET6. False with an exception set when it is another, or no socket.
bool read_family(PyObject *socket, PyObject *name, int *family);
// An address as a socket of that family gives it. `from` must be a tuple, `address` all zeros.
bool read_address(struct address *address, int family, PyObject *from);
PyObject *address_tuple(const struct address *from);
bool same_address(const struct address *one, const struct address *other);
// Appends a datagram and where it came from. False with an exception set when memory is short.
bool hand_over(PyObject *list, const uint8_t *data, size_t bytes, const struct address *from);
// Key and salt as long as the profile has them. False with an exception set when they are not.
bool check_key(bool aead, const Py_buffer *key, const Py_buffer *salt);

// True with an exception set when another thread is sending.
bool engine_is_busy(const Engine *engine);
// The socket's descriptor, -1 when it is closed. False with an exception set when it is no socket.
bool engine_socket(const Engine *engine, int *socket);
// Whether there is room for so many packets to one more subscriber; if not, `engine_send` and `engine_write` first.
bool engine_has_room(const Engine *engine, int packets);
// Encrypts a frame for one subscriber; `again` when it is sent once more, else NULL.
void engine_emit(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again);
// Hands the datagrams to the kernel. This and `engine_emit` need no lock.
void engine_send(Engine *engine, int socket);
// Hands the rest to whoever writes it, and so runs any code. False with an exception set when memory was short.
bool engine_write(Engine *engine);
// All of it at once, for one subscriber.
bool engine_send_one(Engine *engine, struct sender *sender, const struct frame *frame, const struct again *again);

#endif
