/* What an MTA says and what it does with the answers: enough of one for tests. Changes of the
 * header are played on a list of fields as Postfix plays them, so that places and numbers are
 * those of the delivered and of the received message. */
#include "mta.h"

#include "sceau/message.h"

/* ---- commands ------------------------------------------------------------------------------ */

static void
put_number(struct text *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        text_octet(out, (char)(uint8_t)(value >> shift));
}

/* A packet whose data is known. */
static void
put_packet(struct text *out, enum milter_command command, struct sceau_slice data)
{
    put_number(out, (uint32_t)data.len + 1);
    text_octet(out, (char)command);
    text_slice(out, data);
}

static void
put_c_string(struct text *out, struct sceau_slice s)
{
    text_slice(out, s);
    text_octet(out, '\0');
}

/* Send what was written to `data` as one packet. */
static void
put_text(struct text *out, enum milter_command command, struct text *data)
{
    out->has_failed = out->has_failed || data->has_failed;
    put_packet(out, command, text_so_far(data));
}

void
mta_negotiate(struct text *out, const struct milter_negotiation *n)
{
    struct text data = text_new(out->arena, SIZE_MAX);
    put_number(&data, n->version);
    put_number(&data, n->actions);
    put_number(&data, n->steps);
    put_text(out, MILTER_NEGOTIATE, &data);
}

void
mta_macros(struct text *out, enum milter_command command,
           const struct sceau_slice *pairs, size_t count)
{
    struct text data = text_new(out->arena, SIZE_MAX);
    text_octet(&data, (char)command);
    for (size_t i = 0; i < count; i++)
        put_c_string(&data, pairs[i]);
    put_text(out, MILTER_MACRO, &data);
}

static enum milter_family
family_of(struct sceau_slice *address)
{
    struct sceau_slice text = *address;
    struct sceau_ip ip;
    if (slice_starts_ci(text, SCEAU_SLICE("local:"))) {
        *address = slice_skip(text, 6);
        return MILTER_FAMILY_UNIX;
    }
    if (slice_starts_ci(text, SCEAU_SLICE("IPv6:")))
        text = slice_skip(text, 5);
    if (!sceau_ip_parse(text, &ip))
        return MILTER_FAMILY_UNKNOWN;
    return slice_find(text, ':') < text.len ? MILTER_FAMILY_INET6 : MILTER_FAMILY_INET;
}

void
mta_connect(struct text *out, struct sceau_slice host, struct sceau_slice address,
            uint16_t port)
{
    struct text data = text_new(out->arena, SIZE_MAX);
    enum milter_family family = family_of(&address);
    put_c_string(&data, host);
    text_octet(&data, (char)family);
    if (family != MILTER_FAMILY_UNKNOWN) {
        text_octet(&data, (char)(uint8_t)(port >> 8));
        text_octet(&data, (char)(uint8_t)port);
        put_c_string(&data, address);
    }
    put_text(out, MILTER_CONNECT, &data);
}

void
mta_strings(struct text *out, enum milter_command command,
            const struct sceau_slice *strings, size_t count)
{
    struct text data = text_new(out->arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        put_c_string(&data, strings[i]);
    put_text(out, command, &data);
}

void
mta_header(struct text *out, struct sceau_slice name, struct sceau_slice value)
{
    const struct sceau_slice strings[] = {name, value};
    mta_strings(out, MILTER_HEADER, strings, 2);
}

void
mta_data(struct text *out, enum milter_command command, struct sceau_slice data)
{
    put_packet(out, command, data);
}

void
mta_plain(struct text *out, enum milter_command command)
{
    put_packet(out, command, SLICE_NONE);
}

/* ---- replies ------------------------------------------------------------------------------- */

/* A field of the message as the MTA has it now. */
struct entry {
    struct sceau_slice name;
    bool is_added;
    struct sceau_slice value; /* is_added */
    size_t nth;               /* else: of its name, in the message as it came */
};

struct reading {
    struct sceau_arena *arena;
    struct mta_outcome *outcome;
    uint32_t steps;
    struct entry *entries;
    size_t count;
    size_t capacity;
    struct mta_removed_field *removed;
    struct text body;
};

static size_t
count_name(const struct entry *entries, size_t count, struct sceau_slice name)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += slice_eq_ci(entries[i].name, name);
    return n;
}

/* Room for every field and one addition in each packet, whose least size is 7 octets. */
static bool
start_reading(struct reading *r, const struct sceau_slice *names, size_t count,
              size_t packets_len)
{
    r->capacity = count + packets_len / 7;
    r->entries = sceau_arena_alloc(r->arena, (r->capacity + 1) * sizeof *r->entries);
    r->removed = sceau_arena_alloc(r->arena, (r->capacity + 1) * sizeof *r->removed);
    if (r->entries == NULL || r->removed == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct sceau_slice name = slice_trim(names[i]);
        r->entries[i] =
            (struct entry){.name = name, .nth = count_name(r->entries, i, name) + 1};
    }
    r->count = count;
    return true;
}

static bool
insert_entry(struct reading *r, size_t place, struct sceau_slice name,
             struct sceau_slice value)
{
    if (name.len == 0 || r->count >= r->capacity)
        return false;
    if ((r->steps & MILTER_LEADING_SPACE) && value.len > 0 && value.ptr[0] == ' ')
        value = slice_skip(value, 1);
    if (place > r->count)
        place = r->count;
    memmove(r->entries + place + 1, r->entries + place,
            (r->count - place) * sizeof *r->entries);
    r->entries[place] = (struct entry){.name = name, .is_added = true, .value = value};
    r->count++;
    return true;
}

static bool
remove_entry(struct reading *r, size_t at)
{
    if (!r->entries[at].is_added)
        r->removed[r->outcome->removed_count++] =
            (struct mta_removed_field){r->entries[at].name, r->entries[at].nth};
    memmove(r->entries + at, r->entries + at + 1,
            (r->count - at - 1) * sizeof *r->entries);
    r->count--;
    return true;
}

static bool
change_entry(struct reading *r, uint32_t nth, struct sceau_slice name,
             struct sceau_slice value)
{
    size_t seen = 0;
    nth = nth == 0 ? 1 : nth; /* as Sendmail and Postfix read it */
    for (size_t i = 0; i < r->count; i++) {
        if (!slice_eq_ci(r->entries[i].name, name) || ++seen < nth)
            continue;
        return remove_entry(r, i) &&
               (value.len == 0 || insert_entry(r, i, name, value));
    }
    return false;
}

static bool
take_number(struct sceau_slice *data, uint32_t *number)
{
    if (data->len < 4)
        return false;
    const uint8_t *o = (const uint8_t *)data->ptr;
    *number = (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
    *data = slice_skip(*data, 4);
    return true;
}

static bool
read_header_reply(struct reading *r, enum milter_reply reply, struct sceau_slice data)
{
    uint32_t number = 0;
    struct sceau_slice name, value;
    if (reply != MILTER_REPLY_ADD_HEADER && !take_number(&data, &number))
        return false;
    if (!milter_string_next(&data, &name) || !milter_string_next(&data, &value) ||
        data.len > 0)
        return false;
    if (reply == MILTER_REPLY_ADD_HEADER)
        return insert_entry(r, r->count, name, value);
    if (reply == MILTER_REPLY_INSERT_HEADER)
        return insert_entry(r, number, name, value);
    return change_entry(r, number, name, value);
}

/* Postfix: "%%" is one percent sign, a single one is dropped. */
static struct sceau_slice
halve_percent(struct sceau_arena *arena, struct sceau_slice code)
{
    struct text out = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < code.len; i++) {
        if (code.ptr[i] == '%' && ++i == code.len)
            break;
        text_octet(&out, code.ptr[i]);
    }
    return text_done(&out);
}

static bool
read_code(struct reading *r, struct sceau_slice data)
{
    struct sceau_slice code;
    if (!milter_string_parse(data, &code) || slice_find(code, '\0') < code.len ||
        code.len < 4 || (code.ptr[0] != '4' && code.ptr[0] != '5') ||
        !ascii_is_digit(code.ptr[1]) || !ascii_is_digit(code.ptr[2]) ||
        (code.ptr[3] != ' ' && code.ptr[3] != '-'))
        return false;
    r->outcome->code = halve_percent(r->arena, code);
    return r->outcome->code.len > 0;
}

static bool
read_final(struct reading *r, enum milter_reply reply, struct sceau_slice data)
{
    r->outcome->is_final = true;
    r->outcome->end = reply;
    return reply == MILTER_REPLY_CODE ? read_code(r, data) : data.len == 0;
}

static bool
read_reply(struct reading *r, enum milter_reply reply, struct sceau_slice data)
{
    switch (reply) {
    case MILTER_REPLY_ADD_HEADER:
    case MILTER_REPLY_INSERT_HEADER:
    case MILTER_REPLY_CHANGE_HEADER: return read_header_reply(r, reply, data);
    case MILTER_REPLY_QUARANTINE:
        r->outcome->is_held = true;
        return milter_string_parse(data, &r->outcome->hold_reason);
    case MILTER_REPLY_BODY:
        r->outcome->body_replaced = true;
        text_slice(&r->body, data);
        return true;
    case MILTER_REPLY_CHANGE_FROM: return milter_string_next(&data, &r->outcome->from);
    case MILTER_REPLY_ADD_RCPT: r->outcome->added_rcpt_count++; return data.len > 1;
    case MILTER_REPLY_DELETE_RCPT:
        r->outcome->deleted_rcpt_count++;
        return data.len > 1;
    case MILTER_REPLY_PROGRESS: return data.len == 0;
    case MILTER_REPLY_SHUTDOWN:
    case MILTER_REPLY_ACCEPT:
    case MILTER_REPLY_CONTINUE:
    case MILTER_REPLY_DISCARD:
    case MILTER_REPLY_REJECT:
    case MILTER_REPLY_SKIP:
    case MILTER_REPLY_TEMPFAIL:
    case MILTER_REPLY_CODE: return read_final(r, reply, data);
    }
    return false;
}

static bool
read_packet(struct reading *r, struct sceau_slice *packets)
{
    uint32_t len;
    if (!take_number(packets, &len) || len == 0 || len > packets->len ||
        r->outcome->is_final)
        return false;
    char code = packets->ptr[0];
    struct sceau_slice data = slice_sub(*packets, 1, len - 1);
    *packets = slice_skip(*packets, len);
    if (code != MILTER_NEGOTIATE)
        return read_reply(r, (enum milter_reply)code, data);
    r->outcome->is_final = r->outcome->has_negotiation = true;
    return milter_negotiate_parse(data, &r->outcome->negotiation);
}

static bool
list_added(struct reading *r)
{
    struct mta_added_field *added =
        sceau_arena_alloc(r->arena, (r->count + 1) * sizeof *added);
    if (added == NULL)
        return false;
    for (size_t i = 0; i < r->count; i++) {
        if (r->entries[i].is_added)
            added[r->outcome->added_count++] =
                (struct mta_added_field){r->entries[i].name, r->entries[i].value, i};
    }
    r->outcome->added = added;
    r->outcome->removed = r->removed;
    r->outcome->body = text_done(&r->body);
    return !r->body.has_failed;
}

enum sceau_status
mta_outcome_read(struct sceau_arena *arena, struct sceau_slice packets,
                 const struct sceau_slice *names, size_t name_count, uint32_t steps,
                 struct mta_outcome *outcome)
{
    struct reading r = {.arena = arena,
                        .outcome = outcome,
                        .steps = steps,
                        .body = text_new(arena, SIZE_MAX)};
    *outcome = (struct mta_outcome){.end = MILTER_REPLY_CONTINUE};
    if (!start_reading(&r, names, name_count, packets.len))
        return SCEAU_E_LIMIT;
    while (packets.len > 0) {
        if (!read_packet(&r, &packets))
            return SCEAU_E_SYNTAX;
    }
    return list_added(&r) ? SCEAU_OK : SCEAU_E_LIMIT;
}
