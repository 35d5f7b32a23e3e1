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

/* All before the colon: white space there is for the session to judge. */
static struct sceau_slice
name_as_sent(const struct sceau_field *field)
{
    size_t colon = (size_t)(field->body.ptr - field->raw.ptr) - 1;
    return slice_sub(field->raw, 0, colon);
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

/* `message` from its first field on. */
static void
send_message(struct connection *connection, struct sceau_slice message,
             bool gives_up_after_header)
{
    struct harness_case *c = connection->c;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_message_reader reader;
    struct sceau_slice body, rest;
    if (arena == NULL) {
        harness_fail(c, "no memory left");
        return;
    }
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, message, &body);
    sceau_message_reader_end(&reader, &rest);
    for (size_t i = 0; i < reader.header.count; i++)
        connection_header(connection, name_as_sent(&reader.header.fields[i]),
                          with_lf_folds(c, reader.header.fields[i].body));
    if (gives_up_after_header)
        connection_abort(connection);
    else {
        connection_plain(connection, MILTER_END_HEADER);
        send_body(connection, body);
        send_body(connection, rest);
        connection_end(connection);
    }
    sceau_arena_free(arena);
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
