/* A milter that does nothing but take the octets in: the floor under every other. It has our
 * codec and our server and asks for the same steps as sceau-milter does.
 *
 *     sceau-bench-null LISTENER */
#include "milter/server.h"
#include "milter/stream.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 16 * 1024,
    STEPS = MILTER_NO_UNKNOWN | MILTER_NO_DATA | MILTER_CAN_SKIP | MILTER_NR_CONNECT |
            MILTER_NR_HELO | MILTER_NR_MAIL | MILTER_NR_RCPT | MILTER_NR_HEADER |
            MILTER_NR_END_HEADER | MILTER_NR_BODY | MILTER_LEADING_SPACE,
};

static struct milter_server *server;

static bool
write_packets(int fd, struct sceau_arena *arena,
              const struct milter_negotiation *negotiation)
{
    struct text out = text_new(arena, SIZE_MAX);
    if (negotiation != NULL)
        milter_put_negotiate(&out, negotiation, NULL);
    else
        milter_put_plain(&out, MILTER_REPLY_CONTINUE);
    bool is_sent = send(fd, out.ptr, out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
    sceau_arena_clear(arena);
    return is_sent;
}

/* False: the connection is over. */
static bool
answer(int fd, struct sceau_arena *arena, const struct milter_piece *piece)
{
    struct milter_negotiation n;
    if (piece->code == MILTER_NEGOTIATE && milter_negotiate_parse(piece->data, &n)) {
        n.actions = MILTER_MAY_ADD_HEADERS | MILTER_MAY_CHANGE_HEADERS;
        n.steps &= STEPS;
        return write_packets(fd, arena, &n);
    }
    if (piece->code == MILTER_END && piece->is_last)
        return write_packets(fd, arena, NULL);
    return piece->code != MILTER_QUIT && piece->code != MILTER_NEGOTIATE;
}

static void
serve(void *self, int fd, const struct milter_listener *listener)
{
    struct milter_stream stream = {0};
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    char buffer[READ_SIZE];
    bool goes_on = arena != NULL;
    (void)self, (void)listener;
    while (goes_on) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        struct sceau_slice octets = {buffer, n > 0 ? (size_t)n : 0};
        struct milter_piece piece;
        const char *error;
        enum milter_cut cut = MILTER_CUT_NOTHING;
        goes_on = n > 0;
        while (goes_on && (cut = milter_stream_next(&stream, &octets, &piece,
                                                    &error)) == MILTER_CUT_COMMAND)
            goes_on = answer(fd, arena, &piece);
        goes_on = goes_on && cut != MILTER_CUT_BROKEN;
    }
    milter_stream_clear(&stream);
    sceau_arena_free(arena);
}

static void
stop(int signal_number)
{
    (void)signal_number;
    milter_server_stop(server);
}

int
main(int argc, char **argv)
{
    static struct milter_listener listener;
    char error[256] = "usage: sceau-bench-null LISTENER";
    if (argc != 2 ||
        !milter_listener_parse(sceau_slice_from(argv[1]), &listener, error) ||
        !milter_listener_open(&listener, error)) {
        fprintf(stderr, "%s\n", error);
        return 64;
    }
    struct milter_server_options options = {.connections_max = MILTER_CONNECTIONS_MAX,
                                            .serve = serve};
    server = milter_server_new(&options, &listener, 1);
    if (server == NULL)
        return 75;
    signal(SIGTERM, stop);
    fputs("ready\n", stderr);
    milter_server_run(server);
    milter_server_drain(server, 1);
    milter_server_free(server);
    milter_listener_close(&listener);
    return 0;
}
