// The module: its types, and the names it looks up in Python objects.
#include "types.h"

static int make_names(struct module_state *state) {
    const struct {
        PyObject **name;
        const char *text;
    } names[] = {
        {&state->fileno, "fileno"},
        {&state->write, "write"},
        {&state->family, "family"},
        {&state->ssrc, "ssrc"},
        {&state->payload_type, "payload_type"},
        {&state->repair_ssrc, "repair_ssrc"},
        {&state->repair_type, "repair_type"},
        {&state->send_time, "send_time"},
        {&state->packet_names.sequence, "sequence"},
        {&state->packet_names.timestamp, "timestamp"},
        {&state->packet_names.marker, "marker"},
        {&state->packet_names.padded, "padded"},
        {&state->packet_names.payload, "payload"},
        {&state->packet_names.picture_at, "picture_at"},
        {&state->packet_names.tl0_at, "tl0_at"},
        {&state->packet_names.send_time, "send_time"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((*names[i].name = PyUnicode_InternFromString(names[i].text)) == NULL) return -1;
    return 0;
}

static int make_types(PyObject *module, struct module_state *state) {
    const struct {
        PyTypeObject **type;
        PyType_Spec *spec;
    } types[] = {
        {&state->engine_type, &engine_spec},
        {&state->outlet_type, &outlet_spec},
        {&state->fanout_type, &fanout_spec},
        {&state->frame_type, &frame_spec},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        *types[i].type = (PyTypeObject *)PyType_FromModuleAndSpec(module, types[i].spec, NULL);
        if (*types[i].type == NULL || PyModule_AddType(module, *types[i].type) < 0) return -1;
    }
    return 0;
}

// The ciphers this processor runs, by name.
static int list_ciphers(PyObject *module) {
    PyObject *names = PyList_New(0);
    for (enum cipher cipher = CIPHER_LIBCRYPTO; names && cipher <= CIPHER_VAES; cipher++) {
        PyObject *name = cipher_runs(cipher) ? PyUnicode_FromString(cipher_names[cipher]) : NULL;
        if (name && PyList_Append(names, name) < 0) Py_CLEAR(names);
        Py_XDECREF(name);
    }
    PyObject *tuple = names ? PyList_AsTuple(names) : NULL;
    int added = tuple ? PyModule_AddObjectRef(module, "CIPHERS", tuple) : -1;
    Py_XDECREF(names);
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
    Py_VISIT(state->outlet_type);
    Py_VISIT(state->fanout_type);
    Py_VISIT(state->frame_type);
    return 0;
}

static int module_clear(PyObject *module) {
    struct module_state *state = PyModule_GetState(module);
    Py_CLEAR(state->engine_type);
    Py_CLEAR(state->outlet_type);
    Py_CLEAR(state->fanout_type);
    Py_CLEAR(state->frame_type);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, execute}, {0, NULL}};

struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_kernel",
    .m_doc = "Sends packets to many viewers; see live.kernel.",
    .m_size = sizeof(struct module_state),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module_def); }
