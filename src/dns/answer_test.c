/* Reply packets: what a resolver may send, and what nobody should. Packets are written as
 * text here: see write_packet. */
#include "answer.h"

#include "../../tests/unit.h"
#include "core/text.h"

/* ---- packets as text ---------------------------------------------------------------------- */

struct writer {
    unsigned char out[70000];
    size_t len;
};

static void
put(struct writer *w, unsigned value, size_t octets)
{
    for (size_t i = octets; i > 0; i--)
        w->out[w->len++] = (unsigned char)(value >> (8 * (i - 1)));
}

static void
put_name(struct writer *w, const char *name)
{
    struct sceau_slice rest = sceau_slice_from(name), label;
    while (rest.len > 0 && slice_next(&rest, '.', &label)) {
        put(w, (unsigned)label.len, 1);
        memcpy(w->out + w->len, label.ptr, label.len);
        w->len += label.len;
    }
    put(w, 0, 1);
}

/* Words: a name in <>, a number in decimal with a unit of octets (16w 300l 3c), a pointer
 * @offset, a text 'x as it is, ! for the length of what follows up to the next ; */
static void
write_words(struct writer *w, const char *text)
{
    struct sceau_slice rest = sceau_slice_from(text), word;
    size_t length_at = 0;
    while (slice_next(&rest, ' ', &word)) {
        char copy[256];
        snprintf(copy, sizeof copy, "%.*s", SLICE_ARG(word));
        unsigned value = (unsigned)strtoul(copy + (copy[0] == '@'), NULL, 10);
        switch (copy[0]) {
        case '\0': break;
        case '<':
            copy[word.len - 1] = '\0';
            put_name(w, copy + 1);
            break;
        case '@': put(w, 0xc000 | value, 2); break;
        case '\'':
            memcpy(w->out + w->len, copy + 1, word.len - 1);
            w->len += word.len - 1;
            break;
        case '!':
            length_at = w->len;
            put(w, 0, 2);
            break;
        case ';': {
            size_t end = w->len;
            w->len = length_at;
            put(w, (unsigned)(end - length_at - 2), 2);
            w->len = end;
            break;
        }
        default:
            put(w, value,
                copy[word.len - 1] == 'l'   ? 4
                : copy[word.len - 1] == 'w' ? 2
                                            : 1);
        }
    }
}

/* Header with that RCODE and those counts, the question a.test TYPE IN at offset 12, which
 * takes 12 octets: the answers begin at offset 24. */
static void
write_packet(struct writer *w, unsigned flags, unsigned answers, unsigned authority,
             unsigned type, const char *records)
{
    char header[100];
    w->len = 0;
    snprintf(header, sizeof header, "1w %uw 1w %uw %uw 0w <a.test> %uw 1w", flags,
             answers, authority, type);
    write_words(w, header);
    assert_int_equal(w->len, 24);
    write_words(w, records);
}

#define QR 0x8180 /* QR RD RA */

/* What stands behind the owner of an address; a whole SOA with MINIMUM 60; an MX up to its
 * data. */
#define A_RR        "1w 1w 300l ! 1c 2c 3c 4c ;"
#define SOA_RR(ttl) "@14 6w 1w " ttl " ! 0c 0c 1l 2l 3l 4l 60l ;"
#define MX_RR       "@12 15w 1w 300l"

enum {
    OK = SCEAU_DNS_OK,
    NODATA = SCEAU_DNS_NODATA,
    NXDOMAIN = SCEAU_DNS_NXDOMAIN,
    SERVFAIL = SCEAU_DNS_SERVFAIL,
    REFUSED = SCEAU_DNS_REFUSED,
};

static const struct {
    unsigned flags;
    unsigned answers;
    uint16_t type;
    const char *records; /* without answers: one in the authority section */
    int status;
    size_t count;
    uint32_t ttl;
    const char *why;
} cases[] = {
    {QR,          1, 1,  "@12 " A_RR,                                   OK,       1, 300, "one address"                },
    {QR,          2, 1,  "@12 " A_RR " @12 1w 1w 60l ! 1c 2c 3c 5c ;",  OK,       2, 60,
     "two; the lowest TTL"                                                                                             },
    {QR,          1, 1,  "<A.TEST> " A_RR,                              OK,       1, 300, "letter case of the owner"   },
    {QR,          1, 15, MX_RR " ! 10w 2c 'mx @12 ;",                   OK,       1, 300, "name compressed in rdata"   },
    {QR,          1, 16, "@12 16w 1w 4294967295l ! 1c 'x ;",            OK,       1, 0,   "RFC 2181 section 8"         },
    {QR,          0, 1,  SOA_RR("900l"),                                NODATA,   0, 60,  "RFC 2308: MINIMUM"          },
    {QR,          0, 1,  SOA_RR("30l"),                                 NODATA,   0, 30,  "RFC 2308: the SOA's own TTL"},
    {QR,          0, 1,  "",                                            NODATA,   0, 0,   "no SOA: not to be kept"     },
    {QR | 3,      0, 1,  SOA_RR("900l"),                                NXDOMAIN, 0, 60,  "NXDOMAIN"                   },
    {QR | 3,      1, 1,  "@12 5w 1w 9l ! <b.test> ;",                   NXDOMAIN, 0, 0,
     "RFC 6604: chain's end"                                                                                           },
    {QR | 2,      0, 1,  "",                                            SERVFAIL, 0, 0,   "SERVFAIL"                   },
    {QR | 5,      0, 1,  "",                                            REFUSED,  0, 0,   "REFUSED"                    },
    {QR | 4,      0, 1,  "",                                            SERVFAIL, 0, 0,   "NOTIMP"                     },
    {QR | 0x0200, 1, 1,  "@12 " A_RR,                                   SERVFAIL, 0, 0,   "TC: it is cut"              },
    {0x0100,      1, 1,  "@12 " A_RR,                                   SERVFAIL, 0, 0,   "a question, no reply"       },
    {QR,          2, 1,  "@12 5w 1w 9l ! <b.test> ; <b.test> " A_RR,    OK,       1, 9,
     "a link; its TTL counts"                                                                                          },
    {QR,          2, 1,  "<b.test> " A_RR " @12 5w 1w 9l ! <b.test> ;", OK,       1, 9,   "in any order"               },
    {QR,          1, 1,  "@12 5w 1w 9l ! @12 ;",                        SERVFAIL, 0, 0,   "a loop of links"            },
    {QR,          1, 5,  "@12 5w 1w 9l ! @12 ;",                        OK,       1, 9,   "CNAME asked for itself"     },
    {QR,          1, 1,  "@12 5w 1w 9l ! @12 0c ;",                     SERVFAIL, 0, 0,   "octets behind a name"       },
    {QR,          1, 1,  "<b.test> " A_RR,                              NODATA,   0, 0,   "another owner"              },
    {QR,          1, 1,  "@12 1w 3w 300l ! 1c 2c 3c 4c ;",              NODATA,   0, 0,   "another class too"          },
    {QR,          1, 1,  "@12 28w 1w 300l ! 1c 2c 3c 4c ;",             NODATA,   0, 0,   "another type too"           },
    {QR,          1, 1,  "@12 1w 1w 300l ! 1c 2c 3c ;",                 SERVFAIL, 0, 0,   "three octets"               },
    {QR,          1, 15, MX_RR " ! 10w ;",                              SERVFAIL, 0, 0,   "MX without name"            },
    {QR,          1, 15, MX_RR " ! 10w @38 ;",                          SERVFAIL, 0, 0,   "a pointer to itself"        },
    {QR,          1, 15, MX_RR " ! 10w @99 ;",                          SERVFAIL, 0, 0,   "a pointer forwards"         },
    {QR,          1, 15, MX_RR " ! 10w 2c 'mx ;",                       SERVFAIL, 0, 0,   "name without end"           },
    {QR,          1, 15, MX_RR " ! 10w 64c 'mx 0c ;",                   SERVFAIL, 0, 0,   "label type 01"              },
    {QR,          1, 1,  "@24 " A_RR,                                   SERVFAIL, 0, 0,   "owner points to itself"     },
    {QR,          2, 1,  "@12 " A_RR,                                   SERVFAIL, 0, 0,   "a record is missing"        },
    {QR,          1, 1,  "@12 1w 1w 300l 5w 1c 2c 3c 4c",               SERVFAIL, 0, 0,   "rdata beyond the end"       },
    {QR,          1, 1,  "@12 1w 1w 300l",                              SERVFAIL, 0, 0,   "no RDLENGTH"                },
    {QR,          1, 16, "@12 16w 1w 300l ! 9c 'x ;",                   SERVFAIL, 0, 0,   "string beyond rdata"        },
};

static void
reads_replies(void **state)
{
    (void)state;
    struct writer *w = malloc(sizeof *w);
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    assert_non_null(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_dns_answer answer;
        UNIT_CASE(cases[i].why);
        unsigned authority = cases[i].answers == 0 && cases[i].records[0] != '\0';
        write_packet(w, cases[i].flags, cases[i].answers, authority, cases[i].type,
                     cases[i].records);
        struct sceau_slice packet =
            unit_copy((struct sceau_slice){(const char *)w->out, w->len});
        dns_answer_decode(arena, packet, SCEAU_SLICE("a.test"), cases[i].type, &answer);
        unit_free(packet);
        if ((int)answer.status != cases[i].status)
            fail_msg("%s: %s", cases[i].why, sceau_dns_status_name(answer.status));
        assert_int_equal(answer.count, cases[i].count);
        assert_int_equal(answer.ttl, cases[i].ttl);
    }
    sceau_arena_free(arena);
    free(w);
}

static void
decompresses(void **state)
{
    (void)state;
    struct writer *w = malloc(sizeof *w);
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    struct sceau_dns_answer answer;
    assert_non_null(w);
    write_packet(w, QR, 1, 0, SCEAU_DNS_MX, "@12 15w 1w 300l ! 10w 2c 'mx @12 ;");
    struct sceau_slice packet = {(const char *)w->out, w->len};
    dns_answer_decode(arena, packet, SCEAU_SLICE("A.test"), SCEAU_DNS_MX, &answer);
    assert_slice(answer.rrs[0].name, "mx.a.test");
    assert_int_equal(answer.rrs[0].preference, 10);
    assert_int_equal(answer.rrs[0].rdata.len, 13);
    write_packet(w, QR, 1, 0, SCEAU_DNS_SOA,
                 "@12 6w 1w 300l ! 2c 'ns @12 1c 'h @14 1l 2l 3l 4l 5l ;");
    packet.len = w->len;
    dns_answer_decode(arena, packet, SCEAU_SLICE("a.test"), SCEAU_DNS_SOA, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_int_equal(answer.rrs[0].rdata.len, 11 + 8 + 20);
    sceau_arena_free(arena);
    free(w);
}

static void
follows_eight_links(void **state)
{
    (void)state;
    struct writer *w = malloc(sizeof *w);
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    assert_non_null(w);
    for (unsigned links = 1; links <= 10; links++) {
        char memory[1000];
        struct text records = text_in(memory, sizeof memory);
        struct sceau_dns_answer answer;
        text_string(&records, "@12 5w 1w 9l ! <c1.test> ;");
        for (unsigned i = 1; i < links; i++)
            text_format(&records, " <c%u.test> 5w 1w 9l ! <c%u.test> ;", i, i + 1);
        text_format(&records, " <c%u.test> 1w 1w 9l ! 1c 2c 3c 4c ;", links);
        write_packet(w, QR, links + 1, 0, SCEAU_DNS_A, text_done(&records).ptr);
        dns_answer_decode(arena, (struct sceau_slice){(const char *)w->out, w->len},
                          SCEAU_SLICE("a.test"), SCEAU_DNS_A, &answer);
        assert_int_equal(answer.status, links <= SCEAU_DNS_CNAME_MAX
                                            ? SCEAU_DNS_OK
                                            : SCEAU_DNS_SERVFAIL);
    }
    sceau_arena_free(arena);
    free(w);
}

/* Compressed names let 64 KiB of packet stand for 1 MiB of rdata. */
static void
limits_what_compression_hides(void **state)
{
    (void)state;
    struct writer *w = malloc(sizeof *w);
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    char memory[256];
    struct text name = text_in(memory, sizeof memory);
    struct sceau_dns_answer answer;
    assert_non_null(w);
    for (int i = 0; i < 4; i++)
        text_format(&name, "%s%.*s", i > 0 ? "." : "", i < 3 ? 63 : 55,
                    "0123456789012345678901234567890123456789012345678901234567890"
                    "123456789");
    w->len = 0;
    write_words(w, "1w 33152w 1w 3000w 0w 0w <a.test> 12w 1w");
    write_words(w, "<a.test> 12w 1w 9l !");
    put_name(w, text_done(&name).ptr); /* at offset 42 */
    write_words(w, ";");
    size_t rdlength_at = 24 + 8 + 8;
    w->out[rdlength_at] = 0;
    w->out[rdlength_at + 1] = (unsigned char)(w->len - rdlength_at - 2);
    for (int i = 1; i < 3000; i++)
        write_words(w, "@12 12w 1w 9l ! @42 ;");
    dns_answer_decode(arena, (struct sceau_slice){(const char *)w->out, w->len},
                      SCEAU_SLICE("a.test"), SCEAU_DNS_PTR, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_LIMIT);
    assert_true(sceau_arena_used(arena) < 1 << 20);
    w->out[6] = 0;
    w->out[7] = 200; /* 200 of them fit */
    dns_answer_decode(arena, (struct sceau_slice){(const char *)w->out, w->len},
                      SCEAU_SLICE("a.test"), SCEAU_DNS_PTR, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_int_equal(answer.count, 200);
    assert_int_equal(answer.rrs[199].name.len, name.len);
    struct sceau_arena *small = sceau_arena_new(20000);
    dns_answer_decode(small, (struct sceau_slice){(const char *)w->out, w->len},
                      SCEAU_SLICE("a.test"), SCEAU_DNS_PTR, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_LIMIT);
    sceau_arena_free(small);
    sceau_arena_free(arena);
    free(w);
}

static void
wants_its_own_question(void **state)
{
    (void)state;
    struct writer *w = malloc(sizeof *w);
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    struct sceau_dns_answer answer;
    assert_non_null(w);
    write_packet(w, QR, 1, 0, SCEAU_DNS_A, "@12 1w 1w 300l ! 1c 2c 3c 4c ;");
    struct sceau_slice packet = {(const char *)w->out, w->len};
    static const struct {
        const char *name;
        uint16_t type;
        enum sceau_dns_status status;
    } questions[] = {
        {"a.test",  SCEAU_DNS_A,  SCEAU_DNS_OK      },
        {"b.test",  SCEAU_DNS_A,  SCEAU_DNS_SERVFAIL},
        {"a.test",  SCEAU_DNS_MX, SCEAU_DNS_SERVFAIL},
        {"a..test", SCEAU_DNS_A,  SCEAU_DNS_SERVFAIL},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        dns_answer_decode(arena, packet, sceau_slice_from(questions[i].name),
                          questions[i].type, &answer);
        assert_int_equal(answer.status, questions[i].status);
    }
    for (size_t len = 0; len < w->len; len++) { /* cut anywhere */
        struct sceau_slice cut = unit_copy(slice_sub(packet, 0, len));
        dns_answer_decode(arena, cut, SCEAU_SLICE("a.test"), SCEAU_DNS_A, &answer);
        assert_int_equal(answer.status, SCEAU_DNS_SERVFAIL);
        unit_free(cut);
    }
    sceau_arena_free(arena);
    free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_replies),
        cmocka_unit_test(decompresses),
        cmocka_unit_test(follows_eight_links),
        cmocka_unit_test(limits_what_compression_hides),
        cmocka_unit_test(wants_its_own_question),
    };
    return cmocka_run_group_tests_name("dns/answer", tests, NULL, NULL);
}
