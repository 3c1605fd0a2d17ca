#define _GNU_SOURCE
#include "receive/received.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES sizeof(((struct address *)0)->v6)

// The fields that recvmmsg changes.
static void fresh(struct msghdr *header) {
    header->msg_namelen = NAME_BYTES;
    header->msg_controllen = TIME_BYTES;
}

struct received *received_open(void) {
    struct received *received = calloc(1, sizeof *received);
    for (int i = 0; received && i < DATAGRAMS_PER_READ_MAX; i++) {  // the fields that never change
        received->parts[i] = (struct iovec){received->data[i], DATAGRAM_BYTES_MAX};
        struct msghdr *header = &received->headers[i].msg_hdr;
        header->msg_iov = &received->parts[i];
        header->msg_iovlen = 1;
        header->msg_name = &received->from[i];
        header->msg_control = received->control[i];
        fresh(header);
    }
    return received;
}

int received_read(struct received *received, int socket, int most, bool *emptied) {
    *emptied = true;
    while (received->used) fresh(&received->headers[--received->used].msg_hdr);
    for (int i = 0; i < most; i++) {
        int count = recvmmsg(socket, received->headers, (unsigned)most, MSG_DONTWAIT, NULL);
        *emptied = count < most;
        if (count >= 0) return received->used = count;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF || errno == ENOTSOCK) return 0;
        // Else an ICMP error of an earlier send: nothing was received.
    }
    *emptied = false;
    return 0;
}

void request_timestamps(int socket) {
    int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);  // if it fails, the time of reading counts
}

double received_time(struct received *received, int i) {
    struct cmsghdr *control = CMSG_FIRSTHDR(&received->headers[i].msg_hdr);
    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) return 0;
    struct timespec time;
    memcpy(&time, CMSG_DATA(control), sizeof time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}
