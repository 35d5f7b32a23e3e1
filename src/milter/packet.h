/* Packets of the sendmail milter protocol, version 6 (2 and later are spoken too): octets
 * to commands, replies to octets. No I/O, no state; every length is checked, and no NUL is
 * needed to find an end.
 *
 * There is no RFC. Facts: libmilter's documentation, and what Postfix and Sendmail send. */
#ifndef MILTER_PACKET_H
#define MILTER_PACKET_H

#include "core/slice.h"
#include "core/text.h"

#define MILTER_VERSION     6
#define MILTER_VERSION_MIN 2
#define MILTER_HEAD        5 /* octets before a packet's data: length (4), code */

/* Octets of one packet's data; more is an abuse of the protocol. Body chunks stream through
 * and nothing of them is kept; for the others struct milter_head says how much is. */
#define MILTER_DATA_MAX ((size_t)16 * 1024 * 1024)

/* MTA to filter. */
enum milter_command {
    MILTER_ABORT = 'A',      /* this message is over, without a reply */
    MILTER_BODY = 'B',       /* octets of the body */
    MILTER_CONNECT = 'C',    /* host name, family, port, address */
    MILTER_MACRO = 'D',      /* names and values for the command named first */
    MILTER_END = 'E',        /* end of the message; may carry a last body chunk */
    MILTER_HELO = 'H',       /* its argument */
    MILTER_QUIT_NEW = 'K',   /* this SMTP connection is over, another one follows */
    MILTER_HEADER = 'L',     /* name, value */
    MILTER_MAIL = 'M',       /* path, parameters */
    MILTER_END_HEADER = 'N', /* the empty line */
    MILTER_NEGOTIATE = 'O',  /* version, actions, steps */
    MILTER_QUIT = 'Q',       /* the end */
    MILTER_RCPT = 'R',       /* path, parameters */
    MILTER_DATA = 'T',       /* DATA */
    MILTER_UNKNOWN = 'U',    /* an SMTP command that the MTA does not know */
};

/* Filter to MTA. */
enum milter_reply {
    MILTER_REPLY_ADD_RCPT = '+',
    MILTER_REPLY_DELETE_RCPT = '-',
    MILTER_REPLY_SHUTDOWN = '4', /* 421 and close */
    MILTER_REPLY_ACCEPT = 'a',
    MILTER_REPLY_BODY = 'b', /* a chunk of the new body */
    MILTER_REPLY_CONTINUE = 'c',
    MILTER_REPLY_DISCARD = 'd',
    MILTER_REPLY_CHANGE_FROM = 'e',
    MILTER_REPLY_ADD_HEADER = 'h',    /* behind the last field */
    MILTER_REPLY_INSERT_HEADER = 'i', /* at a place of the whole block, 0 = on top */
    MILTER_REPLY_CHANGE_HEADER = 'm', /* the nth of a name from 1; no value: delete */
    MILTER_REPLY_PROGRESS = 'p',      /* not done yet, keep waiting */
    MILTER_REPLY_QUARANTINE = 'q',    /* hold, with a reason */
    MILTER_REPLY_REJECT = 'r',
    MILTER_REPLY_SKIP = 's', /* no more body chunks, please */
    MILTER_REPLY_TEMPFAIL = 't',
    MILTER_REPLY_CODE = 'y', /* "550 5.7.1 text" */
};

/* Actions: what a filter may ask for at the end of a message. */
enum milter_actions {
    MILTER_MAY_ADD_HEADERS = 0x01, /* insert too */
    MILTER_MAY_CHANGE_BODY = 0x02,
    MILTER_MAY_ADD_RCPT = 0x04,
    MILTER_MAY_DELETE_RCPT = 0x08,
    MILTER_MAY_CHANGE_HEADERS = 0x10, /* delete too */
    MILTER_MAY_QUARANTINE = 0x20,
    MILTER_MAY_CHANGE_FROM = 0x40,
    MILTER_MAY_ADD_RCPT_ARGS = 0x80,
    MILTER_MAY_CHOOSE_MACROS = 0x100,
};

/* Steps: commands not wanted, replies not given, and two habits. */
enum milter_steps {
    MILTER_NO_CONNECT = 0x01,
    MILTER_NO_HELO = 0x02,
    MILTER_NO_MAIL = 0x04,
    MILTER_NO_RCPT = 0x08,
    MILTER_NO_BODY = 0x10,
    MILTER_NO_HEADERS = 0x20,
    MILTER_NO_END_HEADER = 0x40,
    MILTER_NR_HEADER = 0x80, /* NR: no reply will be given */
    MILTER_NO_UNKNOWN = 0x100,
    MILTER_NO_DATA = 0x200,
    MILTER_CAN_SKIP = 0x400, /* the MTA knows MILTER_REPLY_SKIP */
    MILTER_REJECTED_RCPT = 0x800,
    MILTER_NR_CONNECT = 0x1000,
    MILTER_NR_HELO = 0x2000,
    MILTER_NR_MAIL = 0x4000,
    MILTER_NR_RCPT = 0x8000,
    MILTER_NR_DATA = 0x10000,
    MILTER_NR_UNKNOWN = 0x20000,
    MILTER_NR_END_HEADER = 0x40000,
    MILTER_NR_BODY = 0x80000,
    /* Header values come, and are sent, with the space after the colon. Without it the MTA
     * eats one space and adds one to what it is given. */
    MILTER_LEADING_SPACE = 0x100000,
};

/* ---- reading ---------------------------------------------------------------------------- */

/* A packet's head, once its five octets are there. */
struct milter_head {
    uint8_t code;    /* enum milter_command */
    size_t data_len; /* octets that follow */
    size_t
        kept_max; /* how many of them a reader needs to keep; 0: they stream through */
};

/* Read a head from exactly MILTER_HEAD octets. Returns SCEAU_OK; SCEAU_E_SYNTAX (length
 * zero: there is no code; or a code that is no command); SCEAU_E_LIMIT (data above
 * MILTER_DATA_MAX). */
enum sceau_status milter_head_parse(struct sceau_slice octets,
                                    struct milter_head *head);

struct milter_negotiation {
    uint32_t version;
    uint32_t actions; /* enum milter_actions */
    uint32_t steps;   /* enum milter_steps */
};

/* What follows the three numbers (lists of macros, which only filters send) is ignored. */
bool milter_negotiate_parse(struct sceau_slice data, struct milter_negotiation *n);

enum milter_family {
    MILTER_FAMILY_UNKNOWN = 'U',
    MILTER_FAMILY_UNIX = 'L',
    MILTER_FAMILY_INET = '4',
    MILTER_FAMILY_INET6 = '6',
};

struct milter_connect {
    struct sceau_slice host; /* the client's name, or "[address]" */
    enum milter_family family;
    uint16_t port;
    struct sceau_slice address; /* text, or the path of a Unix socket */
    struct sceau_ip ip;         /* version 0 when it is no Internet address */
};

bool milter_connect_parse(struct sceau_slice data, struct milter_connect *connect);

/* HELO, UNKNOWN: one string. A NUL inside belongs to it. */
bool milter_string_parse(struct sceau_slice data, struct sceau_slice *text);

/* HEADER: the name ends at the first NUL, the value at the last octet, which must be NUL. A
 * NUL inside the value belongs to it: nothing is cut off unseen. */
bool milter_header_parse(struct sceau_slice data, struct sceau_slice *name,
                         struct sceau_slice *value);

/* MAIL, RCPT: strings, each ended by NUL; at least one. *arguments then feeds
 * milter_string_next. */
bool milter_arguments_parse(struct sceau_slice data, struct sceau_slice *arguments);

/* MACRO: the command they are for, then pairs of strings for milter_string_next. */
bool milter_macros_parse(struct sceau_slice data, uint8_t *command,
                         struct sceau_slice *pairs);

/* Take the next NUL-ended string off *rest. False when none is left. */
bool milter_string_next(struct sceau_slice *rest, struct sceau_slice *text);

/* ---- writing ---------------------------------------------------------------------------- */
/* Each appends one packet. A NUL in a string would end it early: it is left out. */

void milter_put_plain(struct text *out, enum milter_reply reply);

/* Stages for which a filter may choose its macros. */
enum milter_macro_stage {
    MILTER_STAGE_CONNECT,
    MILTER_STAGE_HELO,
    MILTER_STAGE_MAIL,
    MILTER_STAGE_RCPT,
    MILTER_STAGE_DATA,
    MILTER_STAGE_END,
    MILTER_STAGE_END_HEADER,
};
#define MILTER_STAGES 7

/* macros  for each stage the names wanted ("j {daemon_name}"), NULL: the MTA's choice; the
 *         array itself may be NULL, and is only sent with MILTER_MAY_CHOOSE_MACROS */
void milter_put_negotiate(struct text *out, const struct milter_negotiation *n,
                          const char *const macros[MILTER_STAGES]);

/* "550 5.7.1 text", lines joined by CRLF. Percent signs are doubled here: Sendmail takes the
 * text for a format, Postfix halves them. */
void milter_put_code(struct text *out, struct sceau_slice reply);

void milter_put_quarantine(struct text *out, struct sceau_slice reason);
void milter_put_add_header(struct text *out, struct sceau_slice name,
                           struct sceau_slice value);
void milter_put_insert_header(struct text *out, uint32_t place, struct sceau_slice name,
                              struct sceau_slice value);
/* An empty value deletes. */
void milter_put_change_header(struct text *out, uint32_t nth, struct sceau_slice name,
                              struct sceau_slice value);
void milter_put_change_from(struct text *out, struct sceau_slice path);
void milter_put_add_rcpt(struct text *out, struct sceau_slice path);
void milter_put_delete_rcpt(struct text *out, struct sceau_slice path);
/* At most MILTER_BODY_CHUNK_MAX octets in each packet: cut as needed. */
#define MILTER_BODY_CHUNK_MAX ((size_t)65535)
void milter_put_body(struct text *out, struct sceau_slice octets);

#endif
