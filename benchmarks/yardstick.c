/* The yardstick: how fast a C server can be that keeps the same promise as the edge.
 *
 *   yardstick PORT FILE     one thread, epoll, keep-alive
 *
 * Every round takes the requests that wait, appends a record of each (time, peer, request line and
 * headers, at most 512 bytes) to FILE, calls fdatasync once for all of them, and only then answers
 * each with the 43-byte pixel and the edge's headers. No tokens, keys or networks: it is what disk
 * and kernel allow, not a product.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 8192, EVENTS = 1024, REQUEST = 8192, RECORD = 512 };

struct connection {
    unsigned peer;
    int used;
    char request[REQUEST];
};

static struct connection *connections[CONNECTIONS];
static int waiting[EVENTS * 8], waiting_count;
static char records[EVENTS * 8 * (RECORD + 64)];
static size_t records_size;

static const char answer[] =
    "HTTP/1.1 200 OK\r\n"
    "content-type: image/gif\r\n"
    "content-length: 43\r\n"
    "cache-control: private, no-store, no-cache, max-age=0, must-revalidate\r\n"
    "server: yardstick\r\n"
    "date: Sun, 22 Nov 2026 12:00:00 GMT\r\n\r\n"
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x21\xf9\x04\x01\x00\x00\x00\x00"
    "\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

static void must(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    must(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(fd, 4096) == 0, "listen");
    return fd;
}

static void accept_all(int listener, int epoll) {
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int fd, one = 1;
    while ((fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK)) >= 0) {
        must(fd < CONNECTIONS, "too many connections");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connections[fd] = calloc(1, sizeof **connections);
        connections[fd]->peer = ntohl(peer.sin_addr.s_addr);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
        size = sizeof peer;
    }
}

static void hang_up(int fd) {
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

static void record(const struct connection *from, size_t length) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int written = snprintf(records + records_size, 64, "%ld.%06ld %08x ", (long)now.tv_sec,
                           now.tv_nsec / 1000, from->peer & 0xffffff00u);
    size_t kept = length < RECORD ? length : RECORD;
    char *into = records + records_size + written;
    memcpy(into, from->request, kept);
    for (size_t i = 0; i < kept; i++)
        if (into[i] == '\n' || into[i] == '\r') into[i] = '|';
    into[kept] = '\n';
    records_size += written + kept + 1;
}

static void read_requests(int fd) {
    struct connection *from = connections[fd];
    ssize_t got = read(fd, from->request + from->used, REQUEST - 1 - from->used);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) hang_up(fd);
        return;
    }
    from->used += got;
    from->request[from->used] = 0;
    char *end;
    while (waiting_count < EVENTS * 8 && (end = strstr(from->request, "\r\n\r\n"))) {
        size_t length = end + 4 - from->request;
        record(from, length);
        waiting[waiting_count++] = fd;
        memmove(from->request, end + 4, from->used - length + 1);
        from->used -= length;
    }
    if (from->used >= REQUEST - 1) hang_up(fd);
}

static void commit_and_answer(int log) {
    must(write(log, records, records_size) == (ssize_t)records_size, "write");
    must(fdatasync(log) == 0, "fdatasync");
    for (int i = 0; i < waiting_count; i++)
        if (connections[waiting[i]] &&
            write(waiting[i], answer, sizeof answer - 1) != (ssize_t)sizeof answer - 1)
            hang_up(waiting[i]);
    records_size = waiting_count = 0;
}

int main(int count, char **arguments) {
    must(count == 3, "usage: yardstick PORT FILE");
    int log = open(arguments[2], O_CREAT | O_WRONLY | O_APPEND, 0600);
    must(log >= 0, "open");
    int listener = listen_on(atoi(arguments[1])), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0, "epoll_ctl");
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener, epoll);
            else
                read_requests(events[i].data.fd);
        }
        if (waiting_count) commit_and_answer(log);
    }
}
