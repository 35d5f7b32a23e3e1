/* mailbox-list and address-list of RFC 5322 section 3.4, read the strict way round: a list
 * is believed when all of it was understood, and what two readers would take for two
 * different domains is refused. Obsolete and sloppy forms are read where honest mail has
 * them and the domain is beyond doubt:
 *
 *     John Q. Public <a@x.test>      dots in a phrase (section 4.1, obs-phrase)
 *     Service [bot] <a@x.test>       brackets in a phrase (no RFC)
 *     <@relay.test:a@x.test>         a route (section 4.4), dropped
 *     a@x.test,                      empty elements (section 4.4)
 *     a..b@x.test                    dots in a local part as some carriers gave them out
 *     a@x.test <a@x.test>            an address for a display name: see mailbox.h
 */
#include "message/mailbox.h"

#include "message/lexical.h"

struct mailbox_list
mailbox_list_over(struct sceau_arena *arena, struct sceau_slice body)
{
    return (struct mailbox_list){.c = cursor_over(body), .arena = arena};
}

static struct sceau_slice
finished(struct mailbox_list *list, struct text *t)
{
    struct sceau_slice done = text_done(t);
    list->out_of_memory |= done.ptr == NULL;
    return done;
}

/* domain-literal = "[" *([FWS] dtext) [FWS] "]" (section 3.4.1) */
static void
parse_domain_literal(struct cursor *c, struct text *domain)
{
    size_t start = c->pos;
    cursor_expect(c, '[', "a domain");
    while (cursor_peek(c) > 0x20 && cursor_peek(c) < 0x7f && cursor_peek(c) != '[' &&
           cursor_peek(c) != ']' && cursor_peek(c) != '\\')
        c->pos++;
    cursor_expect(c, ']', "the end of a domain literal");
    text_slice(domain, cursor_since(c, start));
}

/* domain = dot-atom / domain-literal / obs-domain (sections 3.4.1 and 4.4).
 *
 * obs-domain lets CFWS stand around the dots. A reader that stops there must not see
 * another domain: `a@x.test (c) .y.test` is refused, since x.test is one; one label
 * before the gap is none (the example of appendix A.6.3). A final dot is let through:
 * DNS writes names so, and dropping it leaves no doubt. */
static void
parse_domain(struct cursor *c, struct text *domain)
{
    size_t labels = 0;
    lexical_skip_cfws(c);
    if (cursor_peek(c) == '[') {
        parse_domain_literal(c, domain);
        return;
    }
    text_slice(domain, lexical_atom(c));
    while (cursor_ok(c)) {
        size_t gap = c->pos;
        bool has_gap = lexical_skip_cfws(c);
        labels++;
        if (!cursor_accept(c, '.'))
            return;
        text_octet(domain, '.');
        has_gap |= lexical_skip_cfws(c);
        if (!lexical_is_atom_next(c))
            return;
        if (has_gap && labels > 1) {
            c->pos = gap;
            cursor_fail(c, "no space or comment inside a domain");
        }
        text_slice(domain, lexical_atom(c));
    }
}

/* word *("." word), read before it is known whether a local-part or a phrase comes of it:
 * the "@" or "<" behind it decides (sections 3.2.5 and 3.4.1). */
struct words {
    struct text text;   /* unquoted, as a local-part */
    size_t start;       /* of the first word in the input */
    size_t end;         /* behind the last */
    size_t count;       /* of words and dots */
    bool is_local_part; /* no two words without a dot between them, no bracket */
};

static void
parse_words(struct mailbox_list *list, struct words *words)
{
    struct cursor *c = &list->c;
    bool after_word = false;
    lexical_skip_cfws(c);
    *words = (struct words){.text = text_new(list->arena, SIZE_MAX),
                            .start = c->pos,
                            .end = c->pos,
                            .is_local_part = true};
    for (; cursor_ok(c); words->count++) {
        int next = cursor_peek(c);
        bool is_word = next == '"' || lexical_is_atom_next(c);
        bool is_bracket = next == '[' || next == ']';
        if (!is_word && !is_bracket && next != '.')
            return;
        if (is_bracket || (is_word && after_word))
            words->is_local_part = false;
        if (next == '"')
            lexical_quoted_string(c, &words->text);
        else if (is_word)
            text_slice(&words->text, lexical_atom(c));
        else if (cursor_accept(c, (char)next))
            text_octet(&words->text, (char)next);
        after_word = is_word;
        words->end = c->pos;
        lexical_skip_cfws(c);
    }
}

/* An encoded-word is text for people, and no part of an address (RFC 2047 section 5);
 * programs that decode it all the same see another address. */
static bool
has_encoded_word(struct sceau_slice local)
{
    for (size_t i = 0; i + 1 < local.len; i++) {
        if (local.ptr[i] == '=' && local.ptr[i + 1] == '?')
            return true;
    }
    return false;
}

/* "@" domain behind words that are a local-part. */
static void
parse_at_domain(struct mailbox_list *list, struct words *words, struct mailbox *mailbox)
{
    struct text domain = text_new(list->arena, SIZE_MAX);
    if (words->count == 0 || !words->is_local_part)
        cursor_fail(&list->c, "a local part before \"@\"");
    else if (has_encoded_word(text_so_far(&words->text)))
        cursor_fail(&list->c, "no encoded-word in an address");
    else if (!slice_is_utf8(text_so_far(&words->text)))
        cursor_fail(&list->c, "a local part in UTF-8");
    cursor_expect(&list->c, '@', "\"@\" in an address");
    parse_domain(&list->c, &domain);
    if (!cursor_ok(&list->c))
        return;
    mailbox->local = finished(list, &words->text);
    mailbox->domain = finished(list, &domain);
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
    while (cursor_ok(c) && !cursor_accept(c, ':')) {
        struct text ignored = text_new(list->arena, SIZE_MAX);
        if (cursor_accept(c, '@'))
            parse_domain(c, &ignored);
        else
            cursor_expect(c, ',', "\":\" after a route");
        lexical_skip_cfws(c);
    }
}

/* angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr */
static void
parse_angle_addr(struct mailbox_list *list, struct mailbox *mailbox)
{
    struct words words;
    cursor_expect(&list->c, '<', "\"<\"");
    skip_route(list);
    parse_words(list, &words);
    parse_at_domain(list, &words, mailbox);
    cursor_expect(&list->c, '>', "\">\" after an address");
}

static struct sceau_slice
between(const struct cursor *c, size_t from, size_t to)
{
    return slice_sub(c->in, from, to - from);
}

/* One element with something in it: a mailbox, or the head of a group. True when it was
 * a mailbox. */
static bool
parse_element(struct mailbox_list *list, struct mailbox *mailbox)
{
    struct cursor *c = &list->c;
    struct words words;
    *mailbox = (struct mailbox){.is_in_group = list->in_group};
    parse_words(list, &words);
    size_t display_end = words.end;
    size_t end = c->pos;
    if (cursor_peek(c) == ':' && words.count > 0 && !list->in_group) {
        cursor_accept(c, ':');
        list->in_group = true;
        list->groups++;
        return false;
    }
    if (cursor_peek(c) == '@') {
        parse_at_domain(list, &words, mailbox);
        display_end = end = c->pos;
        mailbox->display_domain = mailbox->domain;
    }
    if (cursor_peek(c) == '<') {
        mailbox->display = slice_trim(between(c, words.start, display_end));
        parse_angle_addr(list, mailbox);
        end = c->pos;
    } else {
        mailbox->display_domain = SLICE_NONE;
        if (mailbox->domain.len == 0)
            cursor_fail(c, "an address");
    }
    lexical_skip_cfws(c);
    mailbox->text = slice_trim(between(c, words.start, end));
    return cursor_ok(c) && !list->out_of_memory;
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
