/* Aggregate reports out of everything that may come to the writer, for other programs to
 * judge: report-write FOLDER COUNT SEED makes COUNT files NUMBER-9990.xml and
 * NUMBER-7489.xml. The same seed makes the same files. */
#include "report/aggregate_write.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

static unsigned
below(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((state >> 33) % n);
}

static struct sceau_slice
pick(const char *const *texts, unsigned count)
{
    return sceau_slice_from(texts[below(count)]);
}

#define PICK(texts) pick(texts, sizeof(texts) / sizeof *(texts))

static const char *const domains[] = {"d.test", "news.d.test", "xn--bcher-kva.test",
                                      "a_b.d.test", "e.test"};
static const char *const maybe_domains[] = {"", "d.test", "bounce.e.test",
                                            "<&>\"'.test"};
static const char *const selectors[] = {"", "s1", "2026-01", "a.b"};
static const char *const texts[] = {"",
                                    "a sentence",
                                    "<script>alert(1)</script> &amp; ]]>",
                                    "\xff\xfe broken \xc3",
                                    "control \x01\x1b[31m\r\n\x7f and \xef\xbf\xbe",
                                    "caf\xc3\xa9 \xf0\x9f\x93\xa8"};

static struct report_auth
some_auth(void)
{
    return (struct report_auth){.domain = PICK(maybe_domains),
                                .selector = PICK(selectors),
                                .scope = (enum report_scope)below(3),
                                .result = (enum report_result)below(9),
                                .human_result = PICK(texts)};
}

static void
fill(struct report_record *r)
{
    *r = (struct report_record){
        .ip = {below(2) ? 4 : 6, {192, 0, 2, (uint8_t)below(256)}},
        .count = 1 + below(1000),
        .disposition = (enum report_disposition)below(REPORT_DISPOSITIONS),
        .dkim = (enum report_aligned)below(3),
        .spf = (enum report_aligned)below(3),
        .reason_count = below(4),
        .header_from = PICK(domains),
        .envelope_from = PICK(maybe_domains),
        .envelope_to = PICK(maybe_domains),
        .dkim_count = below(4),
        .spf_count = below(3),
    };
    if (below(40) == 0)
        r->dkim_count = REPORT_DKIM_MAX;
    for (size_t i = 0; i < r->reason_count; i++)
        r->reasons[i] =
            (struct report_reason){(enum report_reason_type)below(8), PICK(texts)};
    for (size_t i = 0; i < r->dkim_count; i++)
        r->dkim_results[i] = some_auth();
    for (size_t i = 0; i < r->spf_count; i++)
        r->spf_results[i] = some_auth();
}

static struct report_aggregate
head(void)
{
    static const char *const fo[] = {"", "0", "1:d:s"};
    return (struct report_aggregate){
        .org_name = sceau_slice_from("receiver.test"),
        .email = sceau_slice_from("dmarc@receiver.test"),
        .extra_contact_info = PICK(texts),
        .report_id = sceau_slice_from("2026.abc"),
        .error = PICK(texts),
        .generator = PICK(texts),
        .begin = 86400,
        .end = 172799,
        .policy = {.domain = PICK(domains),
                   .p = (enum report_disposition)below(REPORT_DISPOSITIONS),
                   .sp = (enum report_disposition)below(REPORT_DISPOSITIONS),
                   .np = (enum report_disposition)below(REPORT_DISPOSITIONS),
                   .adkim = (enum report_mode)below(3),
                   .aspf = (enum report_mode)below(3),
                   .testing = (enum report_testing)below(3),
                   .discovery = (enum report_discovery)below(3),
                   .fo = PICK(fo)},
    };
}

static FILE *out;

static bool
put(struct aggregate_writer *w, struct sceau_slice octets)
{
    (void)w;
    return fwrite(octets.ptr, 1, octets.len, out) == octets.len;
}

static bool
write_file(const char *folder, unsigned number, enum aggregate_flavour flavour)
{
    static struct aggregate_writer w;
    static struct report_record r;
    struct report_aggregate h = head();
    char name[4096];
    snprintf(name, sizeof name, "%s/%u-%s.xml", folder, number,
             flavour == AGGREGATE_RFC9990 ? "9990" : "7489");
    out = fopen(name, "w");
    if (out == NULL)
        return false;
    aggregate_write_begin(&w, flavour, put, &h);
    for (unsigned n = 1 + below(30); n > 0; n--) {
        fill(&r);
        aggregate_write_record(&w, &r);
    }
    bool is_written = aggregate_write_end(&w);
    return fclose(out) == 0 && is_written;
}

int
main(int argc, char **argv)
{
    if (argc != 4)
        return 64;
    state = strtoull(argv[3], NULL, 10);
    for (unsigned i = 0; i < strtoul(argv[2], NULL, 10); i++)
        if (!write_file(argv[1], i, AGGREGATE_RFC9990) ||
            !write_file(argv[1], i, AGGREGATE_RFC7489))
            return 1;
    return 0;
}
