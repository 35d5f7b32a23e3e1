/* mailbox-list and address-list of RFC 5322 section 3.4, read the strict way round: a list
 * is believed when all of it was understood, and what two readers would take for two
 * different domains is refused. Obsolete and sloppy forms are read where honest mail has
 * them and the domain is beyond doubt:
 *
 *     John Q. Public <a@x.test>      dots in a phrase (section 4.1, obs-phrase)
 *     Service [bot] <a@x.test>       brackets in a phrase (no RFC)
 *     <@relay.test:a@x.test>         a route (section 4.4), dropped
 *     a@x.test,                      empty elements (section 4.4)
 *     a..b.@x.test                   dots in a local part as some carriers gave them out
 *     a@x.test <a@x.test>            an address for a display name: see mailbox.h
 */
#include "message/mailbox.h"

#include "message/encoded_word.h"
#include "message/lexical.h"

struct mailbox_list
mailbox_list_over(struct sceau_arena *arena, struct sceau_slice body)
{
    return (struct mailbox_list){.c = cursor_over(body),
                                 .arena = arena,
                                 .local = text_new(arena, SIZE_MAX),
                                 .domain = text_new(arena, SIZE_MAX)};
}

/* What a buffer holds, to stay. */
static struct sceau_slice
kept(struct mailbox_list *list, const struct text *t)
{
    struct sceau_slice copy =
        t->has_failed ? SLICE_NONE : slice_copy(list->arena, text_so_far(t));
    list->out_of_memory |= copy.ptr == NULL;
    return copy;
}

/* A token was read; step over the CFWS behind it. */
static bool
end_token(struct mailbox_list *list)
{
    list->token_end = list->c.pos;
    return lexical_skip_cfws(&list->c);
}

static bool
is_dtext(char c)
{
    return c > 0x20 && c < 0x7f && c != '[' && c != ']' && c != '\\';
}

/* domain-literal = "[" *([FWS] dtext) [FWS] "]" (section 3.4.1), without the FWS. */
static void
parse_domain_literal(struct mailbox_list *list)
{
    size_t start = list->c.pos;
    cursor_expect(&list->c, '[', "a domain");
    cursor_take_while(&list->c, is_dtext);
    cursor_expect(&list->c, ']', "the end of a domain literal");
    text_slice(&list->domain, cursor_since(&list->c, start));
    end_token(list);
}

/* domain = dot-atom / domain-literal / obs-domain (sections 3.4.1 and 4.4).
 *
 * obs-domain lets CFWS stand around the dots. A reader that stops there must not see
 * another domain: `a@x.test (c) .y.test` is refused, since x.test is one; one label
 * before the gap is none (the example of appendix A.6.3). A final dot is let through:
 * DNS writes names so, and dropping it leaves no doubt. */
static void
parse_domain(struct mailbox_list *list)
{
    struct cursor *c = &list->c;
    list->domain.len = 0;
    lexical_skip_cfws(c);
    if (cursor_peek(c) == '[') {
        parse_domain_literal(list);
        return;
    }
    text_slice(&list->domain, lexical_atom(c));
    for (size_t labels = 1; cursor_ok(c); labels++) {
        size_t gap = c->pos;
        bool has_gap = end_token(list);
        if (!cursor_accept(c, '.'))
            return;
        text_octet(&list->domain, '.');
        has_gap |= end_token(list);
        if (!lexical_is_atom_next(c))
            return;
        if (has_gap && labels > 1) {
            c->pos = gap;
            cursor_fail(c, "no space or comment inside a domain");
        }
        text_slice(&list->domain, lexical_atom(c));
    }
}

/* word *("." word), read before it is known whether a local-part or a phrase comes of it:
 * the "@" or "<" behind it decides (sections 3.2.5 and 3.4.1). */
struct words {
    size_t start;       /* of the first word in the input */
    size_t count;       /* of words and dots */
    bool is_local_part; /* no two words without a dot between them, no bracket */
    bool has_bracket;
};

static struct words
parse_words(struct mailbox_list *list)
{
    struct cursor *c = &list->c;
    bool after_word = false;
    list->local.len = 0;
    lexical_skip_cfws(c);
    struct words words = {.start = c->pos, .is_local_part = true};
    for (; cursor_ok(c); words.count++) {
        int next = cursor_peek(c);
        bool is_word = next == '"' || lexical_is_atom_next(c);
        bool is_bracket = next == '[' || next == ']';
        if (!is_word && !is_bracket && (next != '.' || words.count == 0))
            break;
        words.has_bracket |= is_bracket;
        if (is_bracket || (is_word && after_word))
            words.is_local_part = false;
        if (next == '"')
            lexical_quoted_string(c, &list->local);
        else if (is_word)
            text_slice(&list->local, lexical_atom(c));
        else if (cursor_accept(c, (char)next))
            text_octet(&list->local, (char)next);
        after_word = is_word;
        end_token(list);
    }
    list->out_of_memory |= list->local.has_failed; /* what it holds is cut anywhere */
    return words;
}

/* addr-spec = local-part "@" domain, the words of the local part being read. An encoded
 * word is no part of an address (RFC 2047 section 5); programs that decode it all the same
 * see another one. */
static void
parse_at_domain(struct mailbox_list *list, const struct words *words,
                struct mailbox *mailbox)
{
    struct sceau_slice local = text_so_far(&list->local);
    if (list->out_of_memory)
        return;
    if (words->count == 0 || !words->is_local_part)
        cursor_fail(&list->c, "a local part before \"@\"");
    else if (encoded_words_begin(local))
        cursor_fail(&list->c, "no encoded-word in an address");
    else if (!slice_is_utf8(local))
        cursor_fail(&list->c, "a local part in UTF-8");
    cursor_expect(&list->c, '@', "\"@\" in an address");
    parse_domain(list);
    if (!cursor_ok(&list->c))
        return;
    mailbox->local = kept(list, &list->local);
    mailbox->domain = kept(list, &list->domain);
    mailbox->is_literal = mailbox->domain.len > 0 && mailbox->domain.ptr[0] == '[';
}

/* obs-route = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":" ; accepted and
 * ignored, section 4.4. */
static void
skip_route(struct mailbox_list *list)
{
    struct cursor *c = &list->c;
    lexical_skip_cfws(c);
    if (cursor_peek(c) != '@' && cursor_peek(c) != ',')
        return;
    while (cursor_ok(c)) {
        bool has_domain = cursor_accept(c, '@');
        if (has_domain)
            parse_domain(list);
        if (has_domain && cursor_accept(c, ':'))
            return;
        cursor_expect(c, ',', "\":\" after a route");
        lexical_skip_cfws(c);
    }
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
static void
parse_angle_addr(struct mailbox_list *list, struct mailbox *mailbox)
{
    cursor_expect(&list->c, '<', "\"<\"");
    skip_route(list);
    struct words words = parse_words(list);
    parse_at_domain(list, &words, mailbox);
    cursor_expect(&list->c, '>', "\">\" after an address");
    end_token(list);
}

/* What stands from `start` to the end of the last token. */
static struct sceau_slice
written_since(const struct mailbox_list *list, size_t start)
{
    return slice_sub(list->c.in, start, list->token_end - start);
}

/* group = display-name ":" …: the name is read; is this one? */
static bool
accept_group(struct mailbox_list *list, const struct words *words)
{
    if (words->count == 0 || list->in_group || !cursor_accept(&list->c, ':'))
        return false;
    list->in_group = true;
    list->groups++;
    return true;
}

/* Some readers end an element at a bracket, and take what stands before it for an address
 * of its own: no at sign may stand there, not even quoted or encoded. */
static void
check_phrase(struct mailbox_list *list, const struct words *words)
{
    struct sceau_slice text = text_so_far(&list->local);
    if (words->has_bracket &&
        (slice_find(text, '@') < text.len || encoded_words_begin(text)))
        cursor_fail(&list->c, "no address beside brackets");
}

/* A mailbox, or the head of a group. True when it was a mailbox. */
static bool
parse_element(struct mailbox_list *list, struct mailbox *mailbox)
{
    struct cursor *c = &list->c;
    *mailbox = (struct mailbox){.is_in_group = list->in_group};
    struct words words = parse_words(list);
    check_phrase(list, &words);
    if (accept_group(list, &words))
        return false;
    if (cursor_peek(c) == '@')
        parse_at_domain(list, &words, mailbox);
    if (cursor_peek(c) == '<') {
        if (c->pos > words.start)
            mailbox->display = written_since(list, words.start);
        mailbox->display_domain = mailbox->domain;
        parse_angle_addr(list, mailbox);
    } else if (mailbox->domain.len == 0) {
        cursor_fail(c, "an address");
    }
    if (!cursor_ok(c) || list->out_of_memory)
        return false;
    mailbox->text = written_since(list, words.start);
    return true;
}

bool
mailbox_list_next(struct mailbox_list *list, struct mailbox *mailbox)
{
    struct cursor *c = &list->c;
    while (cursor_ok(c) && !list->out_of_memory) {
        lexical_skip_cfws(c);
        if (cursor_at_end(c))
            break;
        if (cursor_accept(c, ',')) {
            list->needs_separator = false;
        } else if (list->in_group && cursor_accept(c, ';')) {
            list->in_group = false;
            list->needs_separator = true;
        } else if (list->needs_separator) {
            cursor_fail(c, "a comma, or the end");
        } else if (parse_element(list, mailbox)) {
            list->needs_separator = true;
            return true;
        }
    }
    if (list->in_group)
        cursor_fail(c, "\";\" at the end of a group");
    return false;
}
