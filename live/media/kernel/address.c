// Addresses as Python's sockets give them, and as the kernel takes them.
#include "types.h"

#include <arpa/inet.h>

static bool no_address(void) {
    PyErr_SetString(PyExc_ValueError, "the address must be one the socket could have given");
    return false;
}

// A host as text; on an IPv6 socket IPv4 is written as what maps to it.
static bool read_host(struct address *address, int family, const char *host, uint16_t port) {
    if (family == AF_INET) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        address->bytes = sizeof address->v4;
        return inet_pton(AF_INET, host, &address->v4.sin_addr) == 1;
    }
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons(port);
    address->bytes = sizeof address->v6;
    uint8_t *bytes = address->v6.sin6_addr.s6_addr;
    if (inet_pton(AF_INET6, host, bytes) == 1) return true;
    bytes[10] = bytes[11] = 0xFF;
    return inet_pton(AF_INET, host, bytes + 12) == 1;
}

bool read_address(struct address *address, int family, PyObject *from) {
    Py_ssize_t size = PyTuple_GET_SIZE(from), bytes;
    if (size != 2 && (family != AF_INET6 || size > 4 || size < 2)) return no_address();
    if (!PyUnicode_Check(PyTuple_GET_ITEM(from, 0))) return no_address();
    const char *host = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(from, 0), &bytes);
    if (host == NULL) return false;
    long long port, flow = 0, scope = 0;
    if (!check_integer(PyTuple_GET_ITEM(from, 1), "port", 0, UINT16_MAX, &port)) return false;
    if (size > 2 && !check_integer(PyTuple_GET_ITEM(from, 2), "flow", 0, 0xFFFFF, &flow)) return false;
    if (size > 3 && !check_integer(PyTuple_GET_ITEM(from, 3), "scope", 0, UINT32_MAX, &scope)) return false;
    if (strlen(host) != (size_t)bytes || !read_host(address, family, host, (uint16_t)port)) return no_address();
    if (family == AF_INET) return true;
    address->v6.sin6_flowinfo = htonl((uint32_t)flow);
    address->v6.sin6_scope_id = (uint32_t)scope;
    return true;
}

PyObject *address_tuple(const struct address *from) {
    char host[INET6_ADDRSTRLEN];
    if (from->v4.sin_family == AF_INET) {
        inet_ntop(AF_INET, &from->v4.sin_addr, host, sizeof host);
        return Py_BuildValue("si", host, ntohs(from->v4.sin_port));
    }
    const struct sockaddr_in6 *v6 = &from->v6;
    inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
    return Py_BuildValue("siII", host, ntohs(v6->sin6_port), ntohl(v6->sin6_flowinfo), v6->sin6_scope_id);
}

bool same_address(const struct address *one, const struct address *other) {
    if (one->v4.sin_family != other->v4.sin_family || one->v4.sin_port != other->v4.sin_port) return false;
    if (one->v4.sin_family == AF_INET) return one->v4.sin_addr.s_addr == other->v4.sin_addr.s_addr;
    return one->v6.sin6_scope_id == other->v6.sin6_scope_id &&
           memcmp(&one->v6.sin6_addr, &other->v6.sin6_addr, sizeof one->v6.sin6_addr) == 0;
}

bool hand_over(PyObject *list, const uint8_t *data, size_t bytes, const struct address *from) {
    PyObject *entry = Py_BuildValue("y#N", (const char *)data, (Py_ssize_t)bytes, address_tuple(from));
    bool done = entry && PyList_Append(list, entry) == 0;
    Py_XDECREF(entry);
    return done;
}
