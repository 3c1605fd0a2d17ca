// The module: its types, and the names it looks up in Python objects.
#include <stddef.h>
#include <stdlib.h>

#include "types.h"

struct name {
    size_t at;  // in the module's state
    const char *text;
};

#define NAME(member) {offsetof(struct module_state, member), #member}
#define PACKET_NAME(member) {offsetof(struct module_state, packet_names.member), #member}

static const struct name names[] = {
    NAME(fileno),           NAME(write),           NAME(family),        NAME(ssrc),
    NAME(payload_type),     NAME(repair_ssrc),     NAME(repair_type),   NAME(send_time),
    PACKET_NAME(sequence),  PACKET_NAME(timestamp), PACKET_NAME(marker), PACKET_NAME(padded),
    PACKET_NAME(payload),   PACKET_NAME(picture_at), PACKET_NAME(tl0_at), PACKET_NAME(send_time),
    NAME(dependency),       PACKET_NAME(descriptor),
};
#define NAMES (sizeof names / sizeof *names)

static PyObject **name_of(struct module_state *state, size_t i) { return (PyObject **)((char *)state + names[i].at); }

static int make_names(struct module_state *state) {
    for (size_t i = 0; i < NAMES; i++)
        if ((*name_of(state, i) = PyUnicode_InternFromString(names[i].text)) == NULL) return -1;
    return 0;
}

static int make_types(PyObject *module, struct module_state *state) {
    const struct {
        PyTypeObject **type;
        PyType_Spec *spec;
    } types[] = {
        {&state->engine_type, &engine_spec},
        {&state->sender_type, &sender_spec},
        {&state->fanout_type, &fanout_spec},
        {&state->frame_type, &frame_spec},
        {&state->filter_type, &filter_spec},
        {&state->opener_type, &opener_spec},
        {&state->sealer_type, &sealer_spec},
        {&state->reader_type, &reader_spec},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        *types[i].type = (PyTypeObject *)PyType_FromModuleAndSpec(module, types[i].spec, NULL);
        if (*types[i].type == NULL || PyModule_AddType(module, *types[i].type) < 0) return -1;
    }
    return 0;
}

// The ciphers this processor runs, by name.
static int list_ciphers(PyObject *module) {
    PyObject *ciphers = PyList_New(0);
    for (enum cipher cipher = CIPHER_LIBCRYPTO; ciphers && cipher <= CIPHER_VAES; cipher++) {
        PyObject *name = cipher_runs(cipher) ? PyUnicode_FromString(cipher_names[cipher]) : NULL;
        if (name && PyList_Append(ciphers, name) < 0) Py_CLEAR(ciphers);
        Py_XDECREF(name);
    }
    PyObject *tuple = ciphers ? PyList_AsTuple(ciphers) : NULL;
    int added = tuple ? PyModule_AddObjectRef(module, "CIPHERS", tuple) : -1;
    Py_XDECREF(ciphers);
    Py_XDECREF(tuple);
    return PyErr_Occurred() ? -1 : added;
}

static int execute(PyObject *module) {
    struct module_state *state = PyModule_GetState(module);
    return make_names(state) < 0 || make_types(module, state) < 0 ? -1 : list_ciphers(module);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg) {
    struct module_state *state = PyModule_GetState(module);
    Py_VISIT(state->engine_type);
    Py_VISIT(state->sender_type);
    Py_VISIT(state->fanout_type);
    Py_VISIT(state->frame_type);
    Py_VISIT(state->filter_type);
    Py_VISIT(state->opener_type);
    Py_VISIT(state->sealer_type);
    Py_VISIT(state->reader_type);
    return 0;
}

static int module_clear(PyObject *module) {
    struct module_state *state = PyModule_GetState(module);
    Py_CLEAR(state->engine_type);
    Py_CLEAR(state->sender_type);
    Py_CLEAR(state->fanout_type);
    Py_CLEAR(state->frame_type);
    Py_CLEAR(state->filter_type);
    Py_CLEAR(state->opener_type);
    Py_CLEAR(state->sealer_type);
    Py_CLEAR(state->reader_type);
    for (size_t i = 0; i < NAMES; i++) Py_CLEAR(*name_of(state, i));
    return 0;
}

static void module_free(void *module) {
    module_clear(module);
    free(((struct module_state *)PyModule_GetState(module))->mail);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, execute}, {0, NULL}};

struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_kernel",
    .m_doc = "Reads what peers send, and sends packets to many subscribers; see live.media.kernel.",
    .m_size = sizeof(struct module_state),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module_def); }
