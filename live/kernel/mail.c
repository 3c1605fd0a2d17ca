#define _GNU_SOURCE
#include "mail.h"

#include <errno.h>
#include <stdlib.h>

#define NAME_BYTES sizeof(((struct address *)0)->v6)

struct mail *mail_open(void) {
    struct mail *mail = calloc(1, sizeof *mail);
    for (int i = 0; mail && i < DATAGRAMS_PER_TURN_MAX; i++) {  // what is the same every time
        mail->parts[i] = (struct iovec){mail->data[i], DATAGRAM_BYTES_MAX};
        struct msghdr *header = &mail->headers[i].msg_hdr;
        header->msg_iov = &mail->parts[i];
        header->msg_iovlen = 1;
        header->msg_name = &mail->from[i];
        header->msg_namelen = NAME_BYTES;
    }
    return mail;
}

int mail_receive(struct mail *mail, int socket, int most, bool *emptied) {
    *emptied = true;
    while (mail->used) mail->headers[--mail->used].msg_hdr.msg_namelen = NAME_BYTES;
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
