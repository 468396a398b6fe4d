/*
 * A crowd of WebSocket clients that costs less than the servers it measures: one thread, one epoll.
 *
 * It is told what to do by lines on its standard input, and answers each with one line of JSON:
 *
 *   connect GROUP PORT COUNT PROTOCOL COUNTED DEFLATE READY TOKENS
 *       opens COUNT sockets, 50 at a time, and waits until all are ready. GROUP is a letter.
 *       PROTOCOL: socketio, or plain for bare WebSockets. COUNTED: 1 where its sockets are the
 *       audience, 0 where they only publish. DEFLATE: 1 offers permessage-deflate. READY is how the
 *       packet begins that makes a socket ready. TOKENS is a file with a line "TOKEN ARGUMENT" for
 *       each socket, or "-".
 *   publish GROUP ROUNDS BURST EACH SECONDS PREFIX TEMPLATE
 *       GROUP sends BURST commands at once, and the next ones when each has reached EACH sockets of
 *       the audience; at most ROUNDS times, and SECONDS long.
 *   rate GROUP PER_SECOND SECONDS EACH PREFIX TEMPLATE
 *       GROUP sends commands evenly, whatever has become of those before.
 *   loop GROUP SECONDS TEMPLATE
 *       each socket of GROUP sends its next command when the one before is acknowledged.
 *   disconnect GROUP
 *
 * A template is `["name",{...}]`, or for plain sockets any text, with %s for the command's mark and
 * %a for the socket's argument. A mark is ~NUMBER~NANOSECONDS~: when it arrives in an event whose
 * packet begins with PREFIX, it tells which it is and how long ago it was sent (CLOCK_MONOTONIC).
 * "created_at" in an event, if there is one, tells when it was stored.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "samples.h"

enum { HANDSHAKES = 50, BATCH = 512, READ_BYTES = 1 << 18, LINE_BYTES = 1 << 14, PATIENCE_S = 60 };
enum state { CLOSED, CONNECTING, UPGRADING, JOINING, READY };

struct group {
    int port, count, opened, ready;
    bool socketio, counted, deflate;
    char ready_prefix[64];
    struct client *clients;
    char *tokens;
};

struct client {
    int fd;
    enum state state;
    struct group *group;
    const char *token, *argument;
    char *partial; /* bytes of a frame whose rest has not come yet */
    size_t waiting;
    int64_t number; /* "seq" of the last numbered event, -1 before the first */
    int64_t mark;   /* of the last event, -1 before the first */
};

/* What became of one command, and of the event that it led to. */
struct command {
    int64_t sent_ns, last_ns;
    uint32_t arrived;
};

static struct {
    const char *prefix;
    size_t prefix_bytes;
    int64_t first; /* mark of the first command */
    struct command *commands;
    size_t sent, room;
    uint64_t deliveries, bytes, acks, refused, disordered, gaps;
    int64_t started_ns;
    struct samples latency, stored, ack;
    struct group *looping; /* whose sockets go on by themselves, with this template: */
    const char *template;
    int64_t until_ns;
} phase;

static int epoll;
static struct group groups[26];
static int64_t next_mark = 1;
static char input[READ_BYTES];
static char commands_in[LINE_BYTES];
static size_t commands_waiting;

/* Sending ------------------------------------------------------------------------------------- */

static void send_all(struct client *client, const char *bytes, size_t length) {
    if (send(client->fd, bytes, length, MSG_NOSIGNAL) != (ssize_t)length)
        die("a command could not be written at once: %s", strerror(errno));
}

/* As a masked frame, the mask being 0: the server takes it off all the same. */
static void send_text(struct client *client, const char *text, size_t length) {
    char out[LINE_BYTES + 16];
    size_t at = 0;
    out[at++] = (char)0x81;
    if (length < 126) {
        out[at++] = (char)(0x80 | length);
    } else {
        out[at++] = (char)(0x80 | 126);
        out[at++] = (char)(length >> 8);
        out[at++] = (char)length;
    }
    memset(out + at, 0, 4);
    memcpy(out + at + 4, text, length);
    send_all(client, out, at + 4 + length);
}

static void upgrade(struct client *client) {
    char request[1024];
    int length = snprintf(
        request, sizeof request,
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
        client->group->port,
        client->group->deflate
            ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "");
    client->state = UPGRADING;
    send_all(client, request, (size_t)length);
}

static void join(struct client *client) {
    char packet[4096];
    int length = client->token ? snprintf(packet, sizeof packet, "40{\"token\":\"%s\"}", client->token)
                               : snprintf(packet, sizeof packet, "40");
    client->state = JOINING;
    send_text(client, packet, (size_t)length);
}

/* Send the template as the next command. */
static void command(struct client *client, const char *template) {
    if (phase.sent == phase.room) {
        phase.room = phase.room ? 2 * phase.room : 4096;
        phase.commands = realloc(phase.commands, phase.room * sizeof *phase.commands);
    }
    int64_t mark = next_mark++, now = now_ns();
    phase.commands[phase.sent++] = (struct command){.sent_ns = now};
    char text[LINE_BYTES];
    size_t at = 0;
    if (client->group->socketio)
        at = (size_t)sprintf(text, "42%lld", (long long)mark);
    for (const char *from = template; *from; from++) {
        if (at > sizeof text - 256)
            die("the template is too long");
        if (from[0] == '%' && from[1] == 's')
            at += (size_t)sprintf(text + at, "~%lld~%lld~", (long long)mark, (long long)now), from++;
        else if (from[0] == '%' && from[1] == 'a')
            at += (size_t)sprintf(text + at, "%s", client->argument), from++;
        else
            text[at++] = *from;
    }
    send_text(client, text, at);
}

/* Receiving ----------------------------------------------------------------------------------- */

static void stored(const char *text, size_t length, int64_t arrived_ns) {
    static const char key[] = "\"created_at\":\"";
    const char *found = memmem(text, length, key, sizeof key - 1);
    int64_t at = found ? moment_ns(found + sizeof key - 1) : 0;
    if (at)
        note(&phase.stored, arrived_ns + clock_ns(CLOCK_REALTIME) - now_ns() - at);
}

static void event(struct client *client, const char *text, size_t length) {
    if (!phase.prefix || length < phase.prefix_bytes ||
        memcmp(text, phase.prefix, phase.prefix_bytes) != 0)
        return;
    const char *seq = memmem(text, length < 80 ? length : 80, "{\"seq\":", 7);
    if (seq && seq[7] >= '0' && seq[7] <= '9') {
        int64_t number = strtoll(seq + 7, NULL, 10);
        phase.gaps += client->number >= 0 && number != client->number + 1;
        client->number = number;
    }
    const char *found = memchr(text, '~', length);
    if (!found)
        return;
    char *end;
    int64_t mark = strtoll(found + 1, &end, 10), sent = strtoll(end + 1, NULL, 10);
    if (mark < phase.first || mark >= phase.first + (int64_t)phase.sent)
        return; /* of an earlier phase */
    int64_t now = now_ns();
    struct command *cause = &phase.commands[mark - phase.first];
    phase.deliveries++;
    phase.bytes += length;
    phase.disordered += mark <= client->mark;
    client->mark = mark;
    cause->arrived++;
    cause->last_ns = now;
    note(&phase.latency, now - sent);
    if ((phase.deliveries & 15) == 0) /* it costs more than all the rest: some are enough */
        stored(found, length - (size_t)(found - text), now);
}

static void acknowledge(struct client *client, const char *text, size_t length) {
    int64_t mark = strtoll(text + 2, NULL, 10);
    if (mark < phase.first || mark >= phase.first + (int64_t)phase.sent)
        return;
    int64_t now = now_ns();
    phase.acks++;
    phase.refused += memmem(text, length, "\"ok\":false", 10) != NULL;
    note(&phase.ack, now - phase.commands[mark - phase.first].sent_ns);
    if (phase.looping == client->group && now < phase.until_ns)
        command(client, phase.template);
}

static void ready(struct client *client) {
    client->state = READY;
    client->group->ready++;
}

static void packet(struct client *client, const char *text, size_t length, bool compressed) {
    struct group *group = client->group;
    if (compressed) { /* not to be read: the first opens the session, the second is the namespace's */
        if (client->state == UPGRADING)
            join(client);
        else if (client->state == JOINING)
            ready(client);
        else
            send_text(client, "3", 1);
        return;
    }
    if (client->state == JOINING) {
        size_t prefix = strlen(group->ready_prefix);
        if (length >= 2 && text[0] == '4' && text[1] == '4')
            die("refused: %.300s", text);
        if (memmem(text, length, "\"session.closing\"", 17))
            die("sent away: %.300s", text);
        if (length >= prefix && memcmp(text, group->ready_prefix, prefix) == 0)
            ready(client);
    }
    if (!group->socketio) {
        if (group->counted)
            event(client, text, length);
    } else if (length && text[0] == '0') {
        join(client);
    } else if (length && text[0] == '2') {
        send_text(client, "3", 1);
    } else if (length >= 2 && text[0] == '4' && text[1] == '2' && group->counted) {
        event(client, text, length);
    } else if (length >= 2 && text[0] == '4' && text[1] == '3') {
        acknowledge(client, text, length);
    }
}

/* How many of these bytes were whole frames, which have been handled. */
static size_t frames(struct client *client, char *bytes, size_t length) {
    size_t at = 0;
    while (length - at >= 2) {
        const unsigned char *head = (unsigned char *)bytes + at;
        size_t size = head[1] & 127, start = 2;
        if (size == 126) {
            if (length - at < 4)
                break;
            size = (size_t)head[2] << 8 | head[3];
            start = 4;
        } else if (size == 127) {
            die("a frame of more than 64 KiB");
        }
        if (length - at < start + size)
            break;
        char *text = bytes + at + start;
        char after = text[size];
        text[size] = 0;
        int opcode = head[0] & 15;
        if (opcode == 1)
            packet(client, text, size, head[0] & 0x40);
        else if (opcode == 8)
            die("the server closed a socket");
        text[size] = after;
        at += start + size;
    }
    return at;
}

static void readable(struct client *client) {
    size_t length = client->waiting;
    memcpy(input, client->partial ? client->partial : "", length);
    ssize_t got = recv(client->fd, input + length, sizeof input - length - 1, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0)
        die("the server closed a connection in state %d: %s", client->state, strerror(errno));
    length += (size_t)got;
    size_t done = 0;
    if (client->state == UPGRADING && memcmp(input, "HTTP", 4) == 0) {
        char *end = memmem(input, length, "\r\n\r\n", 4);
        if (end && memcmp(input, "HTTP/1.1 101", 12) != 0)
            die("no WebSocket: %.*s", (int)(end - input), input);
        done = end ? (size_t)(end + 4 - input) : 0;
        if (end && !client->group->socketio)
            ready(client);
    }
    if (done || memcmp(input, "HTTP", 4) != 0)
        done += frames(client, input + done, length - done);
    client->waiting = length - done;
    if (client->waiting) {
        client->partial = realloc(client->partial, client->waiting);
        memcpy(client->partial, input + done, client->waiting);
    }
}

static void step(int64_t wait_ns) {
    struct epoll_event events[BATCH];
    int wait_ms = wait_ns < 0 ? 0 : (int)((wait_ns + 999999) / 1000000);
    int count = epoll_wait(epoll, events, BATCH, wait_ms);
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (!client) {
            ssize_t got = read(0, commands_in + commands_waiting, LINE_BYTES - commands_waiting);
            if (got <= 0)
                exit(0); /* who told us what to do is gone */
            commands_waiting += (size_t)got;
        } else if (client->state == CONNECTING) {
            struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = client};
            epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &wanted);
            upgrade(client);
        } else if (client->state != CLOSED) {
            readable(client);
        }
    }
}

/* Phases -------------------------------------------------------------------------------------- */

static void begin(const char *prefix) {
    free(phase.commands), free(phase.latency.values), free(phase.stored.values), free(phase.ack.values);
    memset(&phase, 0, sizeof phase);
    phase.prefix = prefix;
    phase.prefix_bytes = prefix ? strlen(prefix) : 0;
    phase.first = next_mark;
    phase.started_ns = now_ns();
}

static void end(const char *name, uint64_t each) {
    struct samples last = {0};
    size_t incomplete = 0;
    for (size_t i = 0; i < phase.sent; i++) {
        if (phase.commands[i].arrived != each)
            incomplete++;
        if (phase.commands[i].arrived)
            note(&last, phase.commands[i].last_ns - phase.commands[i].sent_ns);
    }
    printf("{\"phase\": \"%s\", \"seconds\": %.6f, \"sent\": %zu, \"acks\": %llu, \"refused\": %llu, "
           "\"deliveries\": %llu, \"bytes\": %.0f, \"incomplete\": %zu, \"disordered\": %llu, "
           "\"gaps\": %llu",
           name, (double)(now_ns() - phase.started_ns) / 1e9, phase.sent,
           (unsigned long long)phase.acks, (unsigned long long)phase.refused,
           (unsigned long long)phase.deliveries,
           phase.deliveries ? (double)phase.bytes / (double)phase.deliveries : 0.0, incomplete,
           (unsigned long long)phase.disordered, (unsigned long long)phase.gaps);
    tell("latency", &phase.latency);
    tell("last", &last);
    tell("stored", &phase.stored);
    tell("ack", &phase.ack);
    puts("}");
    free(last.values);
    phase.looping = NULL;
}

static bool arrived(struct group *group, uint64_t each) {
    return phase.deliveries >= each * phase.sent && (!group->socketio || phase.acks >= phase.sent);
}

static void wait_for_all(struct group *group, uint64_t each) {
    int64_t deadline = now_ns() + PATIENCE_S * 1000000000LL;
    while (!arrived(group, each) && now_ns() < deadline)
        step(100000000);
}

static void publish(struct group *group, long rounds, long burst, uint64_t each, double seconds) {
    int64_t until = phase.started_ns + (int64_t)(seconds * 1e9);
    size_t next = 0;
    for (long round = 0; round < rounds && now_ns() < until; round++) {
        for (long i = 0; i < burst; i++)
            command(&group->clients[next++ % (size_t)group->count], phase.template);
        wait_for_all(group, each);
        if (!arrived(group, each))
            break;
    }
}

static void rate(struct group *group, double per_second, double seconds, uint64_t each) {
    size_t total = (size_t)(per_second * seconds);
    for (size_t i = 0; i < total; i++) {
        int64_t due = phase.started_ns + (int64_t)((double)i / per_second * 1e9);
        for (int64_t now; (now = now_ns()) < due;)
            step(due - now);
        command(&group->clients[i % (size_t)group->count], phase.template);
    }
    wait_for_all(group, each);
}

static void loop(struct group *group, double seconds) {
    phase.looping = group;
    phase.until_ns = phase.started_ns + (int64_t)(seconds * 1e9);
    for (int i = 0; i < group->count; i++)
        command(&group->clients[i], phase.template);
    while (now_ns() < phase.until_ns)
        step(phase.until_ns - now_ns());
    wait_for_all(group, 0);
}

static void open_one(struct group *group) {
    struct client *client = &group->clients[group->opened++];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)group->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (client->fd < 0)
        die("no socket: %s", strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        die("no connection: %s", strerror(errno));
    client->state = CONNECTING;
    struct epoll_event wanted = {.events = EPOLLOUT, .data.ptr = client};
    epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &wanted);
}

static void give_tokens(struct group *group, const char *path) {
    FILE *file = fopen(path, "r");
    size_t room = 0;
    if (!file || getdelim(&group->tokens, &room, 0, file) < 0)
        die("cannot read %s", path);
    fclose(file);
    char *rest = group->tokens;
    for (int i = 0; i < group->count; i++) {
        char *line = strsep(&rest, "\n");
        if (!line || !*line)
            die("%s has no token for socket %d", path, i);
        group->clients[i].token = strsep(&line, " ");
        group->clients[i].argument = line ? line : "";
    }
}

static void connect_all(struct group *group) {
    int64_t started = now_ns();
    while (group->ready < group->count) {
        while (group->opened < group->count && group->opened - group->ready < HANDSHAKES)
            open_one(group);
        step(100000000);
        if (now_ns() - started > 4LL * PATIENCE_S * 1000000000LL)
            die("only %d of %d sockets became ready", group->ready, group->count);
    }
    printf("{\"phase\": \"connect\", \"sockets\": %d, \"seconds\": %.6f}\n", group->count,
           (double)(now_ns() - started) / 1e9);
}

static void disconnect_all(struct group *group) {
    for (int i = 0; i < group->count; i++) {
        close(group->clients[i].fd);
        free(group->clients[i].partial);
    }
    printf("{\"phase\": \"disconnect\", \"sockets\": %d}\n", group->count);
    free(group->clients), free(group->tokens);
    *group = (struct group){0};
}

static void obey(char *line) {
    char name[16] = "", letter = 'a', protocol[16], path[512], prefix[64];
    int counted, deflate, text = 0;
    long rounds, burst;
    unsigned long long each;
    double per_second, seconds;
    sscanf(line, "%15s %c", name, &letter);
    struct group *group = &groups[(letter - 'a') % 26];
    if (!strcmp(name, "connect")) {
        if (sscanf(line, "%*s %*c %d %d %15s %d %d %63s %511s", &group->port, &group->count, protocol,
                   &counted, &deflate, group->ready_prefix, path) != 7)
            die("connect: %s", line);
        group->socketio = !strcmp(protocol, "socketio");
        group->counted = counted, group->deflate = deflate;
        group->clients = calloc((size_t)group->count, sizeof *group->clients);
        for (int i = 0; i < group->count; i++)
            group->clients[i] = (struct client){.group = group, .number = -1, .mark = -1, .argument = ""};
        if (strcmp(path, "-"))
            give_tokens(group, path);
        connect_all(group);
    } else if (!strcmp(name, "disconnect")) {
        disconnect_all(group);
    } else if (sscanf(line, "publish %*c %ld %ld %llu %lf %63s %n", &rounds, &burst, &each, &seconds,
                      prefix, &text) == 5 && text) {
        begin(prefix);
        phase.template = line + text;
        publish(group, rounds, burst, each, seconds);
        end(name, each);
    } else if (sscanf(line, "rate %*c %lf %lf %llu %63s %n", &per_second, &seconds, &each, prefix,
                      &text) == 4 && text) {
        begin(prefix);
        phase.template = line + text;
        rate(group, per_second, seconds, each);
        end(name, each);
    } else if (sscanf(line, "loop %*c %lf %n", &seconds, &text) == 1 && text) {
        begin(NULL);
        phase.template = line + text;
        loop(group, seconds);
        end(name, 0);
    } else {
        die("what is: %s", line);
    }
    phase.prefix = NULL;
    fflush(stdout);
}

int main(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &wanted);
    for (;;) {
        char *end = memchr(commands_in, '\n', commands_waiting);
        if (!end) {
            if (commands_waiting == LINE_BYTES)
                die("a line is too long");
            step(1000000000);
            continue;
        }
        char line[LINE_BYTES];
        size_t length = (size_t)(end - commands_in);
        memcpy(line, commands_in, length);
        line[length] = 0;
        commands_waiting -= length + 1;
        memmove(commands_in, end + 1, commands_waiting);
        obey(line);
    }
}
