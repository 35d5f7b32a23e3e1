/* Any sequence of commands: each end of a message gets exactly one answer that an MTA can
 * read, cuts do not matter, and after all of it a plain message is judged as on a new
 * connection: nothing is inherited. */
#include "../../tests/fuzz/input.h"
#include "peer_testing.h"

#include <assert.h>

#define INPUT_MAX ((size_t)8 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where a NUL would end the string early and the command would be malformed. */
static struct sceau_slice
take_word(struct sceau_slice *input)
{
    struct sceau_slice text = input_text(input, '\n');
    return slice_sub(text, 0, slice_find(text, '\0'));
}

/* How the conversation goes on after the input, and what must have been forgotten then. */
enum ending {
    ENDING_QUIT_NEW, /* all: another client comes over the same connection */
    ENDING_ABORT,    /* of the same client: the message, with its queue id and login */
};

/* What an input may say. Before an ABORT it keeps to commands of messages, for those of the
 * session rightly stay. */
static const struct vocabulary {
    const char *letters, *stages;
    const char *macros[4];
} vocabularies[] = {
    [ENDING_QUIT_NEW] = {"CHMRTLLLNBBEEADDKU",
                         "CHMRTLNE", {"i", "j", "{auth_authen}", "{mail_addr}"}},
    [ENDING_ABORT] = {"MRTLLLNBBEEADDU",
                         "MRTLNE",   {"i", "i", "{auth_authen}", "{mail_addr}"}},
};

static enum milter_command
choose(const char *letters, struct sceau_slice *input)
{
    return (enum milter_command)letters[input_octet(input) % strlen(letters)];
}

static void
put_macro(struct text *out, const struct vocabulary *words, struct sceau_slice *input)
{
    struct sceau_slice pair[2];
    pair[0] = sceau_slice_from(words->macros[input_octet(input) % 4]);
    pair[1] = take_word(input);
    mta_macros(out, choose(words->stages, input), pair, 2);
}

/* One command of the input. What it says may be anything; its form is right. */
static void
put_command(struct text *out, const struct vocabulary *words, struct sceau_slice *input)
{
    enum milter_command command = choose(words->letters, input);
    struct sceau_slice strings[2];
    switch (command) {
    case MILTER_CONNECT:
        strings[0] = take_word(input);
        mta_connect(out, strings[0], take_word(input), 25);
        break;
    case MILTER_MACRO: put_macro(out, words, input); break;
    case MILTER_HELO:
    case MILTER_RCPT:
    case MILTER_MAIL:
    case MILTER_UNKNOWN:
    case MILTER_HEADER:
        strings[0] = input_text(input, '\n');
        strings[1] = input_text(input, '\n');
        mta_strings(out, command, strings, command == MILTER_HEADER ? 2 : 1);
        break;
    case MILTER_BODY:
    case MILTER_END: mta_data(out, command, input_text(input, '\n')); break;
    case MILTER_ABORT:
    case MILTER_DATA:
    case MILTER_END_HEADER:
    case MILTER_QUIT_NEW: mta_plain(out, command); break;
    case MILTER_NEGOTIATE:
    case MILTER_QUIT: break; /* not in letters */
    }
}

/* Replies of a lock-step or silent connection: all packets are whole and known. */
static void
check_replies(const struct peer *peer, struct sceau_slice replies, size_t messages)
{
    size_t ends = 0;
    while (replies.len > 0) {
        const uint8_t *o = (const uint8_t *)replies.ptr;
        assert(replies.len >= MILTER_HEAD);
        size_t len = (size_t)o[0] << 24 | (size_t)o[1] << 16 | (size_t)o[2] << 8 | o[3];
        assert(len >= 1 && len <= replies.len - 4);
        assert(strchr("Ochimsty", o[4]) != NULL);
        ends += o[4] == 'c' || o[4] == 'y' || o[4] == 't';
        replies = slice_skip(replies, 4 + len);
    }
    assert(messages == peer->messages);
    assert(ends >= messages);
}

static struct sceau_slice
plain_message(struct sceau_arena *arena, enum ending ending)
{
    struct text out = text_new(arena, SIZE_MAX);
    switch (ending) {
    case ENDING_QUIT_NEW:
        mta_plain(&out, MILTER_QUIT_NEW);
        say_connect(&out, "198.51.100.25");
        say_message(&out, "Q9", "<bounce@example.net>", " <bounce@example.net>");
        break;
    case ENDING_ABORT:
        mta_plain(&out, MILTER_ABORT);
        say_bare_message(&out, "<bounce@example.net>", " <bounce@example.net>");
        break;
    }
    return text_done(&out);
}

/* Run the octets on a new session, then the plain message. Returns all replies. */
static struct sceau_slice
converse(struct peer *peer, struct sceau_arena *arena, struct sceau_slice octets,
         size_t step, enum ending ending, struct sceau_slice *last_log)
{
    struct milter_session *session =
        milter_session_new(&peer->options, peer->resolver, &peer->owner);
    assert(session != NULL);
    peer_forget(peer);
    assert(peer_feed(session, octets, step) == MILTER_MORE);
    struct sceau_slice replies = slice_copy(arena, text_so_far(&peer->replies));
    check_replies(peer, replies, peer->messages);
    peer_forget(peer);
    assert(peer_feed(session, plain_message(arena, ending), step) == MILTER_MORE);
    *last_log = slice_copy(arena, text_so_far(&peer->told));
    milter_session_free(session);
    return replies;
}

static void
begin(struct text *out, uint32_t steps)
{
    say_negotiate(out, 6, steps);
    say_macro(out, MILTER_CONNECT, "j", "mx.receiver.test");
    say_connect(out, "198.51.100.25");
    say(out, MILTER_HELO, "mta.example.net");
}

static const struct policy_list fuzzed_list = {
    .address = {"dev@receiver.test", 17},
      .rewrite_from = POLICY_REWRITE_DMARC
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct peer peer;
    if (peer.arena == NULL)
        peer_open(&peer);
    if (size < 3 || size > INPUT_MAX)
        return 0;
    struct sceau_slice input = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(PEER_MAX);
    struct text octets = text_new(arena, SIZE_MAX);
    unsigned flags = input_octet(&input);
    size_t step = 1 + input_octet(&input);
    enum ending ending = step & 1 ? ENDING_ABORT : ENDING_QUIT_NEW;
    peer.options.memory = flags & 64 ? 1024 + input_octet(&input) * 256 : 0;
    struct sceau_slice whole_log, parts_log, new_log;
    peer.policy.mode = (enum policy_mode)(flags % 4);
    peer.policy.invalid_from = (enum policy_invalid_from)(flags >> 2 & 1);
    peer.policy.lists = &fuzzed_list;
    peer.policy.list_count = flags >> 7 & 1;
    peer.options.role = flags & 8 ? MILTER_ROLE_SIGN : MILTER_ROLE_VERIFY;
    uint32_t steps = flags & 16 ? 0x1fffff : flags & 32 ? 0x100400 : 0;
    begin(&octets, steps);
    while (input.len > 0)
        put_command(&octets, &vocabularies[ending], &input);
    struct sceau_slice whole =
        converse(&peer, arena, text_so_far(&octets), SIZE_MAX, ending, &whole_log);
    struct sceau_slice parts =
        converse(&peer, arena, text_so_far(&octets), step, ending, &parts_log);
    assert(slice_eq(whole, parts));
    octets = text_new(arena, SIZE_MAX);
    begin(&octets, steps);
    (void)converse(&peer, arena, text_so_far(&octets), SIZE_MAX, ending, &new_log);
    assert(new_log.len > 0);
    assert(slice_eq(whole_log, new_log) && slice_eq(parts_log, new_log));
    sceau_arena_free(arena);
    return 0;
}
