/* Fields are found line by line: those of the mail's own header, then those of the first
 * message/delivery-status part. Boundaries do not matter: a line that looks like one of its
 * fields elsewhere could as well be sent as one. */
#include "bounce.h"

/* The next line without its end; false at the end of the text. */
static bool
next_line(struct sceau_slice *rest, struct sceau_slice *line)
{
    if (rest->len == 0)
        return false;
    size_t end = slice_find(*rest, '\n');
    *line = slice_sub(*rest, 0, end);
    *rest = slice_skip(*rest, end < rest->len ? end + 1 : end);
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

/* The value of a field, when the line is one of that name: "Name: value". */
static bool
is_field(struct sceau_slice line, const char *name, struct sceau_slice *value)
{
    struct sceau_slice wanted = sceau_slice_from(name);
    if (!slice_starts_ci(line, wanted) || line.len == wanted.len ||
        line.ptr[wanted.len] != ':')
        return false;
    *value = slice_trim(slice_skip(line, wanted.len + 1));
    return true;
}

/* ---- the header ---- */

/* Can it be one with a token: "local+more@domain", without blanks and brackets? */
static void
take_address(struct outbox_bounce *b, struct sceau_slice address)
{
    size_t at = slice_find_last(address, '@');
    if (at < address.len && slice_find(slice_sub(address, 0, at), '+') < at &&
        b->to_count < BOUNCE_ADDRESSES)
        b->to[b->to_count++] = address;
}

/* Runs of what may stand in an address. */
static void
take_addresses(struct outbox_bounce *b, struct sceau_slice value)
{
    static const char ends[] = " \t,;<>\"()";
    size_t start = 0;
    for (size_t i = 0; i <= value.len; i++) {
        if (i < value.len && strchr(ends, value.ptr[i]) == NULL)
            continue;
        if (i > start)
            take_address(b, slice_sub(value, start, i - start));
        start = i + 1;
    }
}

static void
read_header(struct sceau_slice *rest, struct outbox_bounce *b)
{
    static const char *const names[] = {"To", "Delivered-To", "X-Original-To",
                                        "Envelope-To"};
    struct sceau_slice line, value;
    bool is_wanted = false; /* a folded line goes on with what it belongs to */
    while (next_line(rest, &line) && line.len > 0) {
        if (*line.ptr == ' ' || *line.ptr == '\t') {
            if (is_wanted)
                take_addresses(b, line);
            continue;
        }
        is_wanted = false;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            is_wanted = is_wanted || is_field(line, names[i], &value);
        if (is_wanted)
            take_addresses(b, value);
    }
}

/* ---- the delivery status ---- */

static void
read_status(struct sceau_slice rest, struct outbox_bounce *b)
{
    struct sceau_slice line, value, action = SLICE_NONE, diagnostic = SLICE_NONE;
    while (next_line(&rest, &line)) {
        if (action.len == 0 && is_field(line, "Action", &value))
            action = value;
        else if (b->status.len == 0 && is_field(line, "Status", &value))
            b->status = value;
        else if (diagnostic.len == 0 && is_field(line, "Diagnostic-Code", &value))
            diagnostic = value;
    }
    b->has_failed = slice_eq_ci(action, SCEAU_SLICE("failed"));
    b->is_final = b->has_failed && b->status.len > 0 && *b->status.ptr == '5';
    size_t type = slice_find(diagnostic, ';');
    b->reason = type < diagnostic.len ? slice_trim(slice_skip(diagnostic, type + 1))
                                      : diagnostic;
    if (b->reason.len == 0)
        b->reason = b->status;
}

/* Behind the line that says where the part begins. */
static bool
find_status(struct sceau_slice *rest)
{
    struct sceau_slice line, value;
    while (next_line(rest, &line))
        if (is_field(line, "Content-Type", &value) &&
            slice_starts_ci(value, SCEAU_SLICE("message/delivery-status")))
            return true;
    return false;
}

bool
outbox_bounce_read(struct sceau_slice mail, struct outbox_bounce *bounce)
{
    *bounce = (struct outbox_bounce){0};
    read_header(&mail, bounce);
    if (!find_status(&mail))
        return false;
    read_status(mail, bounce);
    return true;
}
