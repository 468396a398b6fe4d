/*
 * The limit for any language: a loop of send(), one for each socket, and nothing else.
 *
 * Its WebSockets are no more than they must be for the generator. What one socket says is sent to
 * all others that have never said anything.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKETS = 1 << 16, BYTES = 1 << 16 };
enum role { NOBODY, STRANGER, AUDIENCE, PUBLISHER };

static enum role roles[SOCKETS];
static int highest;
static unsigned char input[BYTES], output[BYTES];

static void say(const unsigned char *mask, const unsigned char *text, size_t length) {
    size_t head = length < 126 ? 2 : 4;
    output[0] = 0x81;
    output[1] = length < 126 ? (unsigned char)length : 126;
    output[2] = (unsigned char)(length >> 8);
    output[3] = (unsigned char)length;
    for (size_t i = 0; i < length; i++)
        output[head + i] = text[i] ^ mask[i & 3];
    for (int fd = 0; fd <= highest; fd++)
        if (roles[fd] == AUDIENCE && send(fd, output, head + length, MSG_NOSIGNAL) < 0)
            perror("send");
}

static void leave(int fd) {
    roles[fd] = NOBODY;
    close(fd);
}

static void hear(int fd) {
    ssize_t got = recv(fd, input, sizeof input, 0);
    if (got <= 0) {
        leave(fd);
        return;
    }
    if (roles[fd] == STRANGER) {
        static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                     "Connection: Upgrade\r\n\r\n";
        send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
        roles[fd] = AUDIENCE;
        return;
    }
    roles[fd] = PUBLISHER;
    for (size_t at = 0; at + 6 <= (size_t)got;) { /* frames come whole on loopback */
        size_t length = input[at + 1] & 127, start = 2;
        if (length == 126) {
            length = (size_t)input[at + 2] << 8 | input[at + 3];
            start = 4;
        }
        if ((input[at] & 15) == 1 && at + start + 4 + length <= (size_t)got)
            say(input + at + start, input + at + start + 4, length);
        at += start + 4 + length;
    }
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024)) {
        perror("listen");
        return 1;
    }
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("ready on http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &wanted);
    for (;;) {
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                hear(fd);
                continue;
            }
            fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            if (fd < 0 || fd >= SOCKETS)
                continue;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            roles[fd] = STRANGER;
            highest = fd > highest ? fd : highest;
            wanted = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted);
        }
    }
}
