/* The MTA's side of a connection: sends commands to the session of src/milter, reads its
 * replies as Postfix does (src/milter/mta.h), and makes the results of HARNESS.md of what
 * the session told and what the MTA was asked to do. */
#include "connection.h"

#include "core/text.h"

#define MTA_PORT 25

/* ---- what the session tells ------------------------------------------------------------- */

static json_t *
questions_of(const struct sceau_verdict *verdict)
{
    json_t *list = json_array();
    const struct sceau_dns_question *question = verdict->questions;
    for (; question != NULL; question = question->next) {
        json_t *asked = json_object();
        char type[16];
        harness_put(asked, "name", harness_string(question->name));
        harness_put(asked, "type",
                    harness_word(sceau_dns_type_name(question->type, type)));
        json_array_append_new(list, asked);
    }
    return list;
}

static json_t *
override_of(const struct policy_override *override)
{
    if (override->type == POLICY_OVERRIDE_NONE)
        return json_null();
    return json_pack("{s:s, s:o}", "type", policy_override_name(override->type),
                     "comment", harness_string(override->comment));
}

static void
add_verdict(json_t *result, const struct sceau_verdict *verdict,
            const struct policy_decision *decision)
{
    bool has_author = verdict->author.status == SCEAU_AUTHOR_ONE;
    json_t *dmarc = harness_dmarc(&verdict->dmarc);
    harness_put(dmarc, "override", override_of(&decision->override));
    harness_put(result, "from_domain",
                has_author ? harness_name(verdict->author.domain) : json_null());
    harness_put(result, "spf", harness_spf(verdict));
    harness_put(result, "dkim", harness_dkim(verdict->dkim, verdict->dkim_count));
    harness_put(result, "arc", harness_arc(&verdict->arc));
    harness_put(result, "dmarc", dmarc);
    harness_put(result, "dns_queries", questions_of(verdict));
}

static void
hear_message(struct milter_owner *self, const struct milter_message *message)
{
    struct connection *connection = (struct connection *)self;
    json_t *told = json_pack("{s:s, s:[o]}", "action",
                             policy_action_name(message->decision->action), "log",
                             harness_string(message->decision->log));
    if (message->verdict != NULL)
        add_verdict(told, message->verdict, message->decision);
    json_decref(connection->told);
    connection->told = told;
}

static void
hear_packets(struct milter_owner *self, struct sceau_slice packets)
{
    text_slice(&((struct connection *)self)->replies, packets);
}

/* ---- what the MTA makes of it ----------------------------------------------------------- */

#define NO_ANSWER SCEAU_SLICE("451 4.7.1 Service unavailable - try again later")

/* The SMTP reply of an answer, NULL ptr when the client sees success. A refusal without
 * words gets those of Postfix. */
static struct sceau_slice
smtp_reply(const struct mta_outcome *outcome)
{
    switch (outcome->end) {
    case MILTER_REPLY_CODE: return outcome->code;
    case MILTER_REPLY_REJECT: return SCEAU_SLICE("550 5.7.1 Command rejected");
    case MILTER_REPLY_TEMPFAIL: return NO_ANSWER;
    case MILTER_REPLY_SHUTDOWN:
        return SCEAU_SLICE("421 4.7.0 Server closing connection");
    case MILTER_REPLY_ADD_RCPT:
    case MILTER_REPLY_DELETE_RCPT:
    case MILTER_REPLY_ACCEPT:
    case MILTER_REPLY_BODY:
    case MILTER_REPLY_CONTINUE:
    case MILTER_REPLY_DISCARD:
    case MILTER_REPLY_CHANGE_FROM:
    case MILTER_REPLY_ADD_HEADER:
    case MILTER_REPLY_INSERT_HEADER:
    case MILTER_REPLY_CHANGE_HEADER:
    case MILTER_REPLY_PROGRESS:
    case MILTER_REPLY_QUARANTINE:
    case MILTER_REPLY_SKIP: break;
    }
    return SLICE_NONE;
}

static const char *
action_of_reply(struct sceau_slice reply)
{
    if (reply.len == 0)
        return "accept";
    return reply.ptr[0] == '4' ? "tempfail" : "reject";
}

static json_t *
field_edit(struct sceau_slice name, size_t index)
{
    json_t *edit = json_object();
    harness_put(edit, "name", harness_string(name));
    harness_put(edit, "index", json_integer((json_int_t)index));
    return edit;
}

static void
add_edits(json_t *result, const struct mta_outcome *outcome)
{
    json_t *added = json_array();
    json_t *removed = json_array();
    for (size_t i = 0; i < outcome->added_count; i++) {
        const struct mta_added_field *field = &outcome->added[i];
        json_t *edit = field_edit(field->name, field->place);
        harness_put(edit, "value", harness_string(field->value));
        json_array_append_new(added, edit);
    }
    for (size_t i = 0; i < outcome->removed_count; i++)
        json_array_append_new(removed, field_edit(outcome->removed[i].name,
                                                  outcome->removed[i].nth));
    harness_put(result, "headers_added", added);
    harness_put(result, "headers_removed", removed);
    harness_put(result, "body_replaced", json_boolean(outcome->body_replaced));
}

/* The result of the message that has just ended. */
static json_t *
result_of(struct connection *connection, const struct mta_outcome *outcome)
{
    /* A session that has closed does not answer: to an MTA that is a broken filter. */
    struct sceau_slice reply = outcome->is_final ? smtp_reply(outcome) : NO_ANSWER;
    json_t *result = connection->told != NULL ? connection->told : json_object();
    connection->told = NULL;
    /* The session's own word tells accept from quarantine; what the client saw rules. */
    if (reply.len > 0 || json_object_get(result, "action") == NULL)
        harness_put(result, "action", json_string(action_of_reply(reply)));
    harness_put(result, "smtp_reply", harness_string(reply));
    if (reply.len == 0)
        add_edits(result, outcome);
    return result;
}

/* ---- commands --------------------------------------------------------------------------- */

/* Send what stands in `packet` and read what came back. */
static void
exchange(struct connection *connection, struct text *packet,
         struct mta_outcome *outcome)
{
    struct harness_case *c = connection->c;
    struct sceau_slice octets = text_done(packet);
    *outcome = (struct mta_outcome){.end = MILTER_REPLY_CONTINUE};
    if (c->error[0] != '\0')
        return;
    if (octets.ptr == NULL) {
        harness_fail(c, "the packets of this case need more than %zu octets",
                     HARNESS_INPUT_MEMORY);
        return;
    }
    connection->replies = text_new(c->inputs, SIZE_MAX);
    milter_session_feed(connection->session, c->context.now, octets);
    struct sceau_slice replies = text_so_far(&connection->replies);
    if (replies.len == 0) /* no reply was wanted, or the session has closed */
        return;
    if (mta_outcome_read(c->inputs, replies, connection->names, connection->name_count,
                         connection->steps, outcome) != SCEAU_OK)
        harness_fail(c, "command '%c': the session's answer breaks the protocol",
                     octets.len > 4 ? octets.ptr[4] : '?');
}

static void
forget_message(struct connection *connection)
{
    connection->name_count = 0;
    json_decref(connection->told);
    connection->told = NULL;
    if (connection->is_refused_for_good)
        return;
    json_decref(connection->refusal);
    connection->refusal = NULL;
}

/* Send a command that comes before the end of the message; what is refused here is the
 * result of the message. */
static void
send(struct connection *connection, struct text *packet, enum milter_command command)
{
    struct mta_outcome outcome;
    exchange(connection, packet, &outcome);
    struct sceau_slice reply = smtp_reply(&outcome);
    bool refuses_one_recipient = command == MILTER_RCPT;
    if (reply.len == 0 || refuses_one_recipient || connection->refusal != NULL)
        return;
    connection->refusal = json_pack("{s:s, s:o}", "action", action_of_reply(reply),
                                    "smtp_reply", harness_string(reply));
    connection->is_refused_for_good = command == MILTER_CONNECT;
}

void
connection_negotiate(struct connection *connection, uint32_t version,
                     bool offers_leading_space)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    struct mta_outcome outcome;
    uint32_t steps = 2 * MILTER_LEADING_SPACE - 1; /* all there are */
    struct milter_negotiation offer = {
        .version = version,
        .actions = 2 * MILTER_MAY_CHOOSE_MACROS - 1,
        .steps = offers_leading_space ? steps : steps & ~(uint32_t)MILTER_LEADING_SPACE,
    };
    mta_negotiate(&packet, &offer);
    exchange(connection, &packet, &outcome);
    if (outcome.has_negotiation)
        connection->steps = outcome.negotiation.steps;
}

void
connection_macros(struct connection *connection, enum milter_command command,
                  const struct sceau_slice *pairs, size_t count)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    mta_macros(&packet, command, pairs, count);
    send(connection, &packet, MILTER_MACRO);
}

void
connection_connect(struct connection *connection, struct sceau_slice host,
                   struct sceau_slice address)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    mta_connect(&packet, host, address, MTA_PORT);
    send(connection, &packet, MILTER_CONNECT);
}

void
connection_strings(struct connection *connection, enum milter_command command,
                   const struct sceau_slice *strings, size_t count)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    mta_strings(&packet, command, strings, count);
    send(connection, &packet, command);
}

/* Remember the name: removals and places are counted by what was sent. */
static bool
note_name(struct connection *connection, struct sceau_slice name)
{
    if (connection->name_count == connection->name_capacity) {
        size_t capacity = 2 * connection->name_capacity + 64;
        struct sceau_slice *names =
            realloc(connection->names, capacity * sizeof *names);
        if (names == NULL)
            return false;
        connection->names = names;
        connection->name_capacity = capacity;
    }
    connection->names[connection->name_count++] = name;
    return true;
}

void
connection_header(struct connection *connection, struct sceau_slice name,
                  struct sceau_slice value)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    if (!note_name(connection, name)) {
        harness_fail(connection->c, "no memory left for the names of fields");
        return;
    }
    mta_header(&packet, name, value);
    send(connection, &packet, MILTER_HEADER);
}

void
connection_body(struct connection *connection, struct sceau_slice octets)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    mta_data(&packet, MILTER_BODY, octets);
    send(connection, &packet, MILTER_BODY);
}

void
connection_plain(struct connection *connection, enum milter_command command)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    mta_plain(&packet, command);
    send(connection, &packet, command);
}

void
connection_end(struct connection *connection)
{
    struct text packet = text_new(connection->c->inputs, SIZE_MAX);
    struct mta_outcome outcome;
    mta_plain(&packet, MILTER_END);
    exchange(connection, &packet, &outcome);
    json_t *result = connection->refusal != NULL ? json_incref(connection->refusal)
                                                 : result_of(connection, &outcome);
    json_array_append_new(connection->messages, result);
    forget_message(connection);
}

void
connection_abort(struct connection *connection)
{
    connection_plain(connection, MILTER_ABORT);
    forget_message(connection);
}

/* ---- begin and end ---------------------------------------------------------------------- */

bool
connection_open(struct connection *connection, struct harness_case *c)
{
    *connection = (struct connection){
        .owner = {.send = hear_packets, .message = hear_message},
        .c = c,
        .messages = json_array(),
    };
    if (!settings_read(c, &connection->settings))
        return false;
    connection->options = (struct milter_session_options){
        .policy = &connection->settings.policy,
        .verify = &connection->settings.verify,
        .role = MILTER_ROLE_VERIFY,
    };
    connection->session = milter_session_new(&connection->options, c->context.resolver,
                                             &connection->owner);
    if (connection->session == NULL)
        harness_fail(c, "no memory left for the session");
    return connection->session != NULL;
}

json_t *
connection_close(struct connection *connection)
{
    milter_session_free(connection->session);
    settings_clear(&connection->settings);
    free(connection->names);
    json_decref(connection->told);
    json_decref(connection->refusal);
    return connection->messages;
}
