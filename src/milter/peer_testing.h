/* An MTA and an owner for tests of sessions: commands go in as octets, what came back is kept
 * as text that two runs can be compared by. */
#ifndef MILTER_PEER_TESTING_H
#define MILTER_PEER_TESTING_H

#include "mta.h"
#include "session.h"

#include <stdlib.h>

#define PEER_NOW 1767225600
#define PEER_MAX ((size_t)8 * 1024 * 1024)

/* example.com is the victim, p=reject; example.net sends from 198.51.100.25. */
static const char peer_zone[] = "$ORIGIN .\n$TTL 300\n"
                                "example.com TXT \"v=spf1 ip4:192.0.2.10 -all\"\n"
                                "_dmarc.example.com TXT \"v=DMARC1; p=reject\"\n"
                                "example.net TXT \"v=spf1 ip4:198.51.100.25 -all\"\n"
                                "_dmarc.example.net TXT \"v=DMARC1; p=none\"\n"
                                "$FAIL slow.example TXT TIMEOUT\n"
                                "$FAIL _dmarc.slow.example TXT SERVFAIL\n";

struct peer {
    struct milter_owner owner;
    struct sceau_arena *arena;
    struct text replies; /* octets, as sent */
    struct text told;    /* a line for each message: action, verdict, log */
    size_t messages;
    unsigned tempfails;
    struct policy_config policy;
    struct sceau_verify_options verify;
    struct milter_session_options options;
    struct sceau_resolver *resolver;
};

static inline void
peer_send(struct milter_owner *self, struct sceau_slice packets)
{
    text_slice(&((struct peer *)self)->replies, packets);
}

static inline void
peer_message(struct milter_owner *self, const struct milter_message *message)
{
    struct peer *peer = (struct peer *)self;
    peer->messages++;
    text_slice(&peer->told, message->decision->log);
    text_octet(&peer->told, '\n');
}

static inline unsigned
peer_tempfails(struct milter_owner *self, const struct policy_facts *facts,
               const struct sceau_verdict *verdict)
{
    (void)facts;
    (void)verdict;
    return ((struct peer *)self)->tempfails;
}

static inline void
peer_forget(struct peer *peer)
{
    sceau_arena_clear(peer->arena);
    peer->replies = text_new(peer->arena, SIZE_MAX);
    peer->told = text_new(peer->arena, SIZE_MAX);
    peer->messages = 0;
}

static inline void
peer_open(struct peer *peer)
{
    struct sceau_zone_error error;
    *peer = (struct peer){
        .owner = {peer_send, peer_message, peer_tempfails}
    };
    peer->arena = sceau_arena_new(PEER_MAX);
    peer->resolver = sceau_zone_resolver_new(sceau_slice_from(peer_zone), &error);
    if (peer->arena == NULL || peer->resolver == NULL)
        abort();
    policy_config_init(&peer->policy);
    peer->policy.authserv_id = SCEAU_SLICE("mx.receiver.test");
    peer->policy.mode = POLICY_MODE_REJECT;
    peer->policy.invalid_from = POLICY_INVALID_FROM_REFUSE;
    peer->options.policy = &peer->policy;
    peer->options.verify = &peer->verify;
    peer_forget(peer);
}

static inline void
peer_close(struct peer *peer)
{
    sceau_zone_resolver_free(peer->resolver);
    sceau_arena_free(peer->arena);
}

/* Feed all octets, `step` at a time, each chunk in a heap block of its own size. */
static inline enum milter_next
peer_feed(struct milter_session *session, struct sceau_slice octets, size_t step)
{
    enum milter_next next = MILTER_MORE;
    while (octets.len > 0 && next == MILTER_MORE) {
        size_t len = octets.len < step ? octets.len : step;
        char *chunk = malloc(len);
        if (chunk == NULL)
            abort();
        memcpy(chunk, octets.ptr, len);
        next = milter_session_feed(session, PEER_NOW, (struct sceau_slice){chunk, len});
        free(chunk);
        octets = slice_skip(octets, len);
    }
    return next;
}

/* ---- what an MTA says ------------------------------------------------------------------- */

static inline void
say_negotiate(struct text *out, uint32_t version, uint32_t steps)
{
    const struct milter_negotiation n = {version, 0x1ff, steps};
    mta_negotiate(out, &n);
}

static inline void
say_macro(struct text *out, enum milter_command command, const char *name,
          const char *value)
{
    const struct sceau_slice pair[] = {sceau_slice_from(name), sceau_slice_from(value)};
    mta_macros(out, command, pair, 2);
}

static inline void
say_connect(struct text *out, const char *address)
{
    mta_connect(out, SCEAU_SLICE("client.test"), sceau_slice_from(address), 25);
}

static inline void
say(struct text *out, enum milter_command command, const char *argument)
{
    const struct sceau_slice text = sceau_slice_from(argument);
    mta_strings(out, command, &text, 1);
}

static inline void
say_header(struct text *out, const char *name, const char *value)
{
    mta_header(out, sceau_slice_from(name), sceau_slice_from(value));
}

/* A message from MAIL to its end, without macros. */
static inline void
say_bare_message(struct text *out, const char *mail, const char *from)
{
    say(out, MILTER_MAIL, mail);
    say(out, MILTER_RCPT, "<user@receiver.test>");
    mta_plain(out, MILTER_DATA);
    say_header(out, "From", from);
    say_header(out, "Subject", " a test");
    mta_plain(out, MILTER_END_HEADER);
    mta_data(out, MILTER_BODY, SCEAU_SLICE("hello\r\n"));
    mta_plain(out, MILTER_END);
}

/* The same with its queue id. */
static inline void
say_message(struct text *out, const char *queue_id, const char *mail, const char *from)
{
    say_macro(out, MILTER_MAIL, "i", queue_id);
    say_bare_message(out, mail, from);
}

static inline void
say_hello(struct text *out, const char *address)
{
    say_negotiate(out, 6, 0x1fffff);
    say_macro(out, MILTER_CONNECT, "j", "mx.receiver.test");
    say_connect(out, address);
    say(out, MILTER_HELO, "mta.example.net");
}

#endif
