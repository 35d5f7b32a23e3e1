/* `receive` and `receive-sequence`: whole messages on one connection. They are cut into
 * fields and body as an MTA cuts them, and go the way of every milter command, so that
 * verdict, policy and header edits are those of the daemon. */

#include "connection.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>

/* A fold as MTAs send it: the CR before a line feed goes. */
static struct sceau_slice
with_lf_folds(struct harness_case *c, struct sceau_slice body)
{
    struct text value = text_new(c->inputs, SIZE_MAX);
    for (size_t i = 0; i < body.len; i++)
        if (body.ptr[i] != '\r' || i + 1 == body.len || body.ptr[i + 1] != '\n')
            text_octet(&value, body.ptr[i]);
    return text_done(&value);
}

static void
send_body(struct connection *connection, struct sceau_slice body)
{
    for (size_t at = 0; at < body.len; at += MILTER_BODY_CHUNK_MAX) {
        size_t left = body.len - at;
        size_t len = left < MILTER_BODY_CHUNK_MAX ? left : MILTER_BODY_CHUNK_MAX;
        connection_body(connection, slice_sub(body, at, len));
    }
}

/* Octets up to and with the first CRLF; all of them when there is none. */
static size_t
line_length(struct sceau_slice text)
{
    const char *end = memmem(text.ptr, text.len, "\r\n", 2);
    return end != NULL ? (size_t)(end - text.ptr) + 2 : text.len;
}

/* Octets of the field at the start of `text`, with its folds and the last line end. */
static size_t
field_length(struct sceau_slice text)
{
    size_t len = line_length(text);
    while (len < text.len && ascii_is_wsp(text.ptr[len]))
        len += line_length(slice_skip(text, len));
    return len;
}

/* Name and value of one field; false when its first line has no colon. White space before
 * the colon is for the session to judge. */
static bool
send_field(struct connection *connection, struct sceau_slice field)
{
    size_t colon = slice_find(field, ':');
    if (colon >= line_length(field))
        return false;
    struct sceau_slice value = slice_skip(field, colon + 1);
    if (value.len >= 2 && memcmp(value.ptr + value.len - 2, "\r\n", 2) == 0)
        value.len -= 2;
    connection_header(connection, slice_sub(field, 0, colon),
                      with_lf_folds(connection->c, value));
    return true;
}

/* The fields; the body comes back: what stands behind the empty line, or begins with a line
 * that is no field. There are no limits here: those of the session are under test. */
static struct sceau_slice
send_header(struct connection *connection, struct sceau_slice message)
{
    while (message.len > 0) {
        size_t len = field_length(message);
        if (slice_eq(slice_sub(message, 0, line_length(message)), SCEAU_SLICE("\r\n")))
            return slice_skip(message, 2);
        if (!send_field(connection, slice_sub(message, 0, len)))
            break;
        message = slice_skip(message, len);
    }
    return message;
}

/* `message` from its first field on. */
static void
send_message(struct connection *connection, struct sceau_slice message,
             bool gives_up_after_header)
{
    struct sceau_slice body = send_header(connection, message);
    if (gives_up_after_header)
        connection_abort(connection);
    else {
        connection_plain(connection, MILTER_END_HEADER);
        send_body(connection, body);
        connection_end(connection);
    }
}

static void
send_macros(struct connection *connection, const json_t *transaction, unsigned number)
{
    struct harness_case *c = connection->c;
    struct text queue_id = text_new(c->inputs, 16);
    text_format(&queue_id, "Q%u", number);
    struct sceau_slice login = harness_octets(c, json_object_get(transaction, "auth"));
    const struct sceau_slice pairs[] = {
        SCEAU_SLICE("i"),
        text_done(&queue_id),
        SCEAU_SLICE("{auth_authen}"),
        login,
    };
    connection_macros(connection, MILTER_MAIL, pairs, login.len > 0 ? 4 : 2);
}

/* One message from HELO to its end. */
static void
send_transaction(struct connection *connection, const json_t *transaction,
                 struct sceau_slice message, unsigned number)
{
    struct harness_case *c = connection->c;
    const struct sceau_slice helo =
        harness_octets(c, json_object_get(transaction, "helo"));
    const struct sceau_slice mail_from =
        harness_octets(c, json_object_get(transaction, "mail_from"));
    struct sceau_slice abort_after =
        harness_text(json_object_get(transaction, "abort_after"));
    const json_t *recipients = json_object_get(transaction, "rcpt_to");
    connection_strings(connection, MILTER_HELO, &helo, 1);
    send_macros(connection, transaction, number);
    connection_strings(connection, MILTER_MAIL, &mail_from, 1);
    for (size_t i = 0; i < json_array_size(recipients); i++) {
        const struct sceau_slice path =
            harness_octets(c, json_array_get(recipients, i));
        connection_strings(connection, MILTER_RCPT, &path, 1);
    }
    connection_plain(connection, MILTER_DATA);
    send_message(connection, message, slice_eq(abort_after, SCEAU_SLICE("headers")));
}

static bool
begin(struct connection *connection, struct harness_case *c)
{
    struct text host = text_new(c->inputs, SIZE_MAX);
    struct sceau_slice address = harness_octets(c, json_object_get(c->in, "ip"));
    if (!connection_open(connection, c))
        return false;
    const struct sceau_slice name[] = {
        SCEAU_SLICE("j"),
        connection->settings.policy.authserv_id,
    };
    text_octet(&host, '[');
    text_slice(&host, address);
    text_octet(&host, ']');
    connection_negotiate(connection, MILTER_VERSION, true);
    connection_macros(connection, MILTER_CONNECT, name, 2);
    connection_connect(connection, text_done(&host), address);
    return true;
}

json_t *
op_receive(struct harness_case *c)
{
    struct connection connection;
    if (begin(&connection, c))
        send_transaction(&connection, c->in, c->message, 1);
    json_t *messages = connection_close(&connection);
    json_t *result = json_incref(json_array_get(messages, 0));
    json_decref(messages);
    return result;
}

/* A message lives until its connection is over: its field names are counted by. */
static void
send_file(struct connection *connection, const json_t *transaction, unsigned number)
{
    struct harness_case *c = connection->c;
    const char *path = json_string_value(json_object_get(transaction, "msg"));
    struct sceau_slice message = path != NULL ? harness_read(c, path) : SLICE_NONE;
    if (path == NULL)
        harness_fail(c, "a transaction names no message");
    if (message.ptr != NULL)
        send_transaction(connection, transaction, message, number);
    free((void *)(uintptr_t)message.ptr);
}

json_t *
op_receive_sequence(struct harness_case *c)
{
    struct connection connection;
    const json_t *transactions = json_object_get(c->in, "transactions");
    if (begin(&connection, c))
        for (size_t i = 0; i < json_array_size(transactions); i++)
            send_file(&connection, json_array_get(transactions, i), (unsigned)i + 1);
    return json_pack("{s:o}", "messages", connection_close(&connection));
}
