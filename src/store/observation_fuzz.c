/* Any message that a journal may tell of, whatever its names: the report about it is valid
 * and says so much of it. Both readers judge here; xmllint judges the seeds
 * (tests/report/schema.py), for which they are written to the folder of SCEAU_FUZZ_KEEP.
 *
 * Input: octets for numbers, then texts that end with a line end. */
#include "observation.h"

#include "../../tests/fuzz/check.h"
#include "../../tests/fuzz/input.h"
#include "report/aggregate.h"
#include "report/aggregate_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct judged {
    struct report_sink sink;
    struct aggregate_writer writer;
    struct aggregate_reader *reader, *strict; /* of strangers' reports; of ours */
    struct report_record *record;             /* what was written */
    FILE *kept;
    uint64_t records;
    unsigned whole; /* readers that found it so */
};

static struct judged *
of_writer(struct aggregate_writer *w)
{
    return (struct judged *)((char *)w - offsetof(struct judged, writer));
}

static bool
feed(struct aggregate_writer *w, struct sceau_slice octets)
{
    struct judged *j = of_writer(w);
    if (j->kept != NULL)
        CHECK(fwrite(octets.ptr, 1, octets.len, j->kept) == octets.len);
    CHECK(aggregate_feed(j->reader, octets) && aggregate_feed(j->strict, octets));
    return true;
}

static void
on_record(struct report_sink *self, const struct report_record *r)
{
    struct judged *j = (struct judged *)self;
    j->records++;
    CHECK(slice_eq_ci(r->header_from, j->record->header_from));
    CHECK(r->count == j->record->count && r->disposition == j->record->disposition);
    CHECK(r->dkim == j->record->dkim && r->spf == j->record->spf);
    CHECK(memcmp(&r->ip, &j->record->ip, sizeof r->ip) == 0);
    CHECK(r->dkim_count <= j->record->dkim_count && r->spf_count <= 1);
    CHECK(r->reason_count == j->record->reason_count);
}

static void
on_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)self;
    fprintf(stderr, "line %llu: %s: %.*s\n", (unsigned long long)repair->line,
            report_repair_text(repair->kind), SLICE_ARG(repair->found));
    CHECK(!"nothing to repair");
}

static void
on_end(struct report_sink *self, const struct report_aggregate *report)
{
    ((struct judged *)self)->whole += report->is_whole && report->is_rfc9990;
}

static void
on_refusal(struct report_sink *self, const struct report_refusal *refusal)
{
    (void)self;
    fprintf(stderr, "%s\n", report_refusal_text(refusal->kind));
    CHECK(!"never refused");
}

/* ---- the message ---- */

static struct sceau_ip
take_ip(struct sceau_slice *in)
{
    struct sceau_ip ip = {.version = input_octet(in) % 2 ? 4 : 6};
    for (size_t i = 0; i < (ip.version == 4 ? 4 : sizeof ip.octets); i++)
        ip.octets[i] = (uint8_t)input_octet(in);
    return ip;
}

static void
take_message(struct sceau_slice *in, struct record_message *m)
{
    m->client = take_ip(in);
    m->dmarc_result = (uint8_t)input_octet(in);
    m->dmarc_policy = (uint8_t)input_octet(in);
    m->action = (uint8_t)input_octet(in);
    m->override = (uint8_t)input_octet(in);
    m->has_spf = (uint8_t)input_octet(in);
    m->spf_mail_from_result = (uint8_t)input_octet(in);
    m->dkim_aligned = (uint8_t)input_octet(in);
    m->spf_aligned = (uint8_t)input_octet(in);
    uint8_t result = (uint8_t)input_octet(in);
    m->policy_domain = input_text(in, '\n');
    m->author_domain = input_text(in, '\n');
    m->mail_from_domain = input_text(in, '\n');
    m->spf_mail_from_domain = input_text(in, '\n');
    m->override_comment = input_text(in, '\n');
    while (in->len > 0 && m->signature_count < RECORD_SIGNATURES_MAX) {
        struct record_signature *s = &m->signatures[m->signature_count++];
        s->result = result;
        s->domain = input_text(in, '\n');
        s->selector = input_text(in, '\n');
    }
}

/* ---- its way to the report ---- */

static FILE *
open_kept(void)
{
    static unsigned number; /* of a program that ends with its input */
    const char *folder = getenv("SCEAU_FUZZ_KEEP");
    char path[4096];
    if (folder == NULL)
        return NULL;
    snprintf(path, sizeof path, "%s/%u.xml", folder, number++);
    return fopen(path, "w");
}

static void
judge(struct judged *j, const struct report_aggregate *head)
{
    j->sink = (struct report_sink){.record = on_record,
                                   .repair = on_repair,
                                   .aggregate = on_end,
                                   .refused = on_refusal};
    j->reader = aggregate_new(&j->sink);
    j->strict = aggregate_new_strict(&j->sink);
    CHECK(j->reader != NULL && j->strict != NULL);
    j->kept = open_kept();
    aggregate_write_begin(&j->writer, AGGREGATE_RFC9990, feed, head);
    CHECK(aggregate_write_record(&j->writer, j->record));
    CHECK(aggregate_write_end(&j->writer));
    aggregate_end(j->reader);
    aggregate_end(j->strict);
    CHECK(j->whole == 2 && j->records == 2);
    aggregate_free(j->reader);
    aggregate_free(j->strict);
    if (j->kept != NULL)
        fclose(j->kept);
}

/* Into the store's octets and out of them. */
static void
carry(struct sceau_arena *arena, const struct record_message *m,
      struct report_record *record)
{
    struct text t = text_new(arena, SIZE_MAX);
    observation_of(m, record);
    observation_write(&t, record);
    struct sceau_slice octets = text_done(&t);
    CHECK(octets.ptr != NULL);
    CHECK(observation_read(octets, record));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct record_message m; /* large; wiped each time */
    static struct report_record record;
    struct sceau_slice in = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(1024 * 1024);
    struct judged *j = calloc(1, sizeof *j);
    CHECK(arena != NULL && j != NULL);
    memset(&m, 0, sizeof m);
    take_message(&in, &m);
    if (observation_is_reported(&m, false)) {
        const struct report_aggregate head = {
            .org_name = SCEAU_SLICE("receiver"),
            .email = SCEAU_SLICE("dmarc@receiver.test"),
            .extra_contact_info = m.override_comment,
            .report_id = SCEAU_SLICE("1"),
            .begin = 86400,
            .end = 172799,
            .generator = SCEAU_SLICE("fuzzer"),
            .policy = {.domain = m.policy_domain, .p = REPORT_DISPOSITION_NONE},
        };
        carry(arena, &m, &record);
        j->record = &record;
        judge(j, &head);
    }
    free(j);
    sceau_arena_free(arena);
    return 0;
}
