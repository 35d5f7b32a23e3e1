/* The milter protocol's packets: a length of four octets, a code, data. Reading gives slices
 * of the packet, writing appends to a text. Who may say what and when is session.c's.
 * Sources: libmilter's documentation; Postfix's and Sendmail's MTA side as read and tried. */
#include "packet.h"

#include "sceau/message.h"

#include <assert.h>

/* ---- reading ---------------------------------------------------------------------------- */

/* The commands of version 6, and how much of their data is ever kept. A header field may be
 * larger than we accept: one octet more than SCEAU_FIELD_MAX makes the message's header
 * break that limit, which is a verdict, where closing the connection would be an MTA's
 * default action. Of the others an SMTP command line (Postfix: 2,048 octets) is the most. */
#define COMMAND_LINE_MAX ((size_t)16 * 1024)
#define MACROS_MAX       ((size_t)64 * 1024)

static const struct {
    uint8_t code;
    size_t kept_max;
} commands[] = {
    {MILTER_ABORT,      0                     },
    {MILTER_BODY,       0                     },
    {MILTER_CONNECT,    COMMAND_LINE_MAX      },
    {MILTER_MACRO,      MACROS_MAX            },
    {MILTER_END,        0                     },
    {MILTER_HELO,       COMMAND_LINE_MAX      },
    {MILTER_QUIT_NEW,   0                     },
    {MILTER_HEADER,     SCEAU_FIELD_MAX + 1024},
    {MILTER_MAIL,       COMMAND_LINE_MAX      },
    {MILTER_END_HEADER, 0                     },
    {MILTER_NEGOTIATE,  COMMAND_LINE_MAX      },
    {MILTER_QUIT,       0                     },
    {MILTER_RCPT,       COMMAND_LINE_MAX      },
    {MILTER_DATA,       0                     },
    {MILTER_UNKNOWN,    COMMAND_LINE_MAX      },
};

static uint32_t
be32(const char *octets)
{
    const uint8_t *o = (const uint8_t *)octets;
    return (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
}

enum sceau_status
milter_head_parse(struct sceau_slice octets, struct milter_head *head)
{
    assert(octets.len == MILTER_HEAD);
    uint32_t len = be32(octets.ptr);
    if (len == 0)
        return SCEAU_E_SYNTAX;
    if (len - 1 > MILTER_DATA_MAX)
        return SCEAU_E_LIMIT;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (commands[i].code == (uint8_t)octets.ptr[4]) {
            *head =
                (struct milter_head){commands[i].code, len - 1, commands[i].kept_max};
            return SCEAU_OK;
        }
    }
    return SCEAU_E_SYNTAX;
}

bool
milter_negotiate_parse(struct sceau_slice data, struct milter_negotiation *n)
{
    if (data.len < 12)
        return false;
    n->version = be32(data.ptr);
    n->actions = be32(data.ptr + 4);
    n->steps = be32(data.ptr + 8);
    return true;
}

bool
milter_string_next(struct sceau_slice *rest, struct sceau_slice *text)
{
    size_t len = slice_find(*rest, '\0');
    if (len == rest->len)
        return false;
    *text = slice_sub(*rest, 0, len);
    *rest = slice_skip(*rest, len + 1);
    return true;
}

bool
milter_string_parse(struct sceau_slice data, struct sceau_slice *text)
{
    if (data.len == 0 || data.ptr[data.len - 1] != '\0')
        return false;
    *text = slice_sub(data, 0, data.len - 1);
    return true;
}

bool
milter_header_parse(struct sceau_slice data, struct sceau_slice *name,
                    struct sceau_slice *value)
{
    return milter_string_next(&data, name) && milter_string_parse(data, value);
}

bool
milter_arguments_parse(struct sceau_slice data, struct sceau_slice *arguments)
{
    struct sceau_slice whole;
    *arguments = data;
    return milter_string_parse(data, &whole);
}

/* An odd number of strings is no set of pairs. */
static bool
are_pairs(struct sceau_slice rest)
{
    struct sceau_slice name, value;
    while (rest.len > 0) {
        if (!milter_string_next(&rest, &name) || !milter_string_next(&rest, &value))
            return false;
    }
    return true;
}

bool
milter_macros_parse(struct sceau_slice data, uint8_t *command,
                    struct sceau_slice *pairs)
{
    if (data.len == 0)
        return false;
    *command = (uint8_t)data.ptr[0];
    *pairs = slice_skip(data, 1);
    return are_pairs(*pairs);
}

/* Sendmail writes "IPv6:" before such an address, Postfix does not. */
static void
read_address(struct milter_connect *connect)
{
    static const struct sceau_slice prefix = {"IPv6:", 5};
    struct sceau_slice text = connect->address;
    if (slice_starts_ci(text, prefix))
        text = slice_skip(text, prefix.len);
    if (!sceau_ip_parse(text, &connect->ip))
        connect->ip = (struct sceau_ip){0};
}

bool
milter_connect_parse(struct sceau_slice data, struct milter_connect *connect)
{
    *connect = (struct milter_connect){.family = MILTER_FAMILY_UNKNOWN};
    if (!milter_string_next(&data, &connect->host) || data.len == 0)
        return false;
    char family = data.ptr[0];
    data = slice_skip(data, 1);
    if (family == MILTER_FAMILY_UNKNOWN)
        return true; /* some MTAs still send port and address: they say nothing */
    if (family != MILTER_FAMILY_UNIX && family != MILTER_FAMILY_INET &&
        family != MILTER_FAMILY_INET6)
        return false;
    connect->family = (enum milter_family)family;
    if (data.len < 2)
        return false;
    connect->port = (uint16_t)((uint8_t)data.ptr[0] << 8 | (uint8_t)data.ptr[1]);
    data = slice_skip(data, 2);
    if (!milter_string_parse(data, &connect->address))
        return false;
    if (connect->family != MILTER_FAMILY_UNIX)
        read_address(connect);
    return true;
}

/* ---- writing ---------------------------------------------------------------------------- */

static void
put_be32(struct text *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        text_octet(out, (char)(uint8_t)(value >> shift));
}

/* Open a packet: its length is written by end_packet. Returns where it begins. */
static size_t
begin_packet(struct text *out, char code)
{
    size_t at = out->len;
    put_be32(out, 0);
    text_octet(out, code);
    return at;
}

static void
end_packet(struct text *out, size_t at)
{
    if (out->has_failed)
        return;
    uint32_t len = (uint32_t)(out->len - at - 4);
    for (size_t i = 0; i < 4; i++)
        out->ptr[at + i] = (char)(uint8_t)(len >> (24 - 8 * i));
}

static void
put_string(struct text *out, struct sceau_slice s)
{
    struct sceau_slice part;
    while (slice_next(&s, '\0', &part))
        text_slice(out, part);
    text_octet(out, '\0');
}

static void
put_one_string(struct text *out, enum milter_reply reply, struct sceau_slice s)
{
    size_t at = begin_packet(out, (char)reply);
    put_string(out, s);
    end_packet(out, at);
}

void
milter_put_plain(struct text *out, enum milter_reply reply)
{
    end_packet(out, begin_packet(out, (char)reply));
}

void
milter_put_negotiate(struct text *out, const struct milter_negotiation *n,
                     const char *const macros[MILTER_STAGES])
{
    size_t at = begin_packet(out, MILTER_NEGOTIATE);
    put_be32(out, n->version);
    put_be32(out, n->actions);
    put_be32(out, n->steps);
    for (uint32_t stage = 0; macros != NULL && stage < MILTER_STAGES; stage++) {
        if (macros[stage] == NULL || !(n->actions & MILTER_MAY_CHOOSE_MACROS))
            continue;
        put_be32(out, stage);
        put_string(out, sceau_slice_from(macros[stage]));
    }
    end_packet(out, at);
}

void
milter_put_code(struct text *out, struct sceau_slice reply)
{
    size_t at = begin_packet(out, MILTER_REPLY_CODE);
    for (size_t i = 0; i < reply.len; i++) {
        if (reply.ptr[i] == '\0')
            continue;
        if (reply.ptr[i] == '%')
            text_octet(out, '%');
        text_octet(out, reply.ptr[i]);
    }
    text_octet(out, '\0');
    end_packet(out, at);
}

void
milter_put_quarantine(struct text *out, struct sceau_slice reason)
{
    put_one_string(out, MILTER_REPLY_QUARANTINE, reason);
}

void
milter_put_add_header(struct text *out, struct sceau_slice name,
                      struct sceau_slice value)
{
    size_t at = begin_packet(out, MILTER_REPLY_ADD_HEADER);
    put_string(out, name);
    put_string(out, value);
    end_packet(out, at);
}

static void
put_indexed_header(struct text *out, enum milter_reply reply, uint32_t number,
                   struct sceau_slice name, struct sceau_slice value)
{
    size_t at = begin_packet(out, (char)reply);
    put_be32(out, number);
    put_string(out, name);
    put_string(out, value);
    end_packet(out, at);
}

void
milter_put_insert_header(struct text *out, uint32_t place, struct sceau_slice name,
                         struct sceau_slice value)
{
    put_indexed_header(out, MILTER_REPLY_INSERT_HEADER, place, name, value);
}

void
milter_put_change_header(struct text *out, uint32_t nth, struct sceau_slice name,
                         struct sceau_slice value)
{
    put_indexed_header(out, MILTER_REPLY_CHANGE_HEADER, nth, name, value);
}

void
milter_put_change_from(struct text *out, struct sceau_slice path)
{
    put_one_string(out, MILTER_REPLY_CHANGE_FROM, path);
}

void
milter_put_add_rcpt(struct text *out, struct sceau_slice path)
{
    put_one_string(out, MILTER_REPLY_ADD_RCPT, path);
}

void
milter_put_delete_rcpt(struct text *out, struct sceau_slice path)
{
    put_one_string(out, MILTER_REPLY_DELETE_RCPT, path);
}

void
milter_put_body(struct text *out, struct sceau_slice octets)
{
    do {
        size_t len =
            octets.len < MILTER_BODY_CHUNK_MAX ? octets.len : MILTER_BODY_CHUNK_MAX;
        size_t at = begin_packet(out, MILTER_REPLY_BODY);
        text_slice(out, slice_sub(octets, 0, len));
        end_packet(out, at);
        octets = slice_skip(octets, len);
    } while (octets.len > 0);
}
