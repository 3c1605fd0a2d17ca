#define _GNU_SOURCE
#include "mail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES sizeof(((struct address *)0)->v6)

// What the kernel changes.
static void fresh(struct msghdr *header) {
    header->msg_namelen = NAME_BYTES;
    header->msg_controllen = TIME_BYTES;
}

struct mail *mail_open(void) {
    struct mail *mail = calloc(1, sizeof *mail);
    for (int i = 0; mail && i < DATAGRAMS_PER_TURN_MAX; i++) {  // what is the same every time
        mail->parts[i] = (struct iovec){mail->data[i], DATAGRAM_BYTES_MAX};
        struct msghdr *header = &mail->headers[i].msg_hdr;
        header->msg_iov = &mail->parts[i];
        header->msg_iovlen = 1;
        header->msg_name = &mail->from[i];
        header->msg_control = mail->control[i];
        fresh(header);
    }
    return mail;
}

int mail_receive(struct mail *mail, int socket, int most, bool *emptied) {
    *emptied = true;
    while (mail->used) fresh(&mail->headers[--mail->used].msg_hdr);
    for (int i = 0; i < most; i++) {
        int count = recvmmsg(socket, mail->headers, (unsigned)most, MSG_DONTWAIT, NULL);
        *emptied = count < most;
        if (count >= 0) return mail->used = count;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EBADF || errno == ENOTSOCK) return 0;
        // Else an ICMP error of an earlier send: nothing was received.
    }
    *emptied = false;
    return 0;
}

void mail_ask_for_times(int socket) {
    int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);  // where it is refused, the time of reading counts
}

double mail_time(struct mail *mail, int i) {
    struct cmsghdr *control = CMSG_FIRSTHDR(&mail->headers[i].msg_hdr);
    if (!control || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) return 0;
    struct timespec time;
    memcpy(&time, CMSG_DATA(control), sizeof time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}
