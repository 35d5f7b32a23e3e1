/* The one door to DNS: a name is checked, the question is put, the answer is told to
 * whoever listens. What answers stands behind struct sceau_resolver. */
#include "core/domain.h"
#include "core/text.h"
#include "core/trace.h"
#include "rdata.h"
#include "rrset.h"

enum {
    TRACED_RECORDS_MAX = 10,  /* of one answer */
    TRACED_RDATA_MAX = 1000,  /* octets of text */
    TRACE_MEMORY = 300 * 1024 /* 64 KiB of rdata as \DDD */
};

const char *
sceau_dns_status_name(enum sceau_dns_status status)
{
    switch (status) {
    case SCEAU_DNS_OK: return "NOERROR";
    case SCEAU_DNS_NODATA: return "NODATA";
    case SCEAU_DNS_NXDOMAIN: return "NXDOMAIN";
    case SCEAU_DNS_SERVFAIL: return "SERVFAIL";
    case SCEAU_DNS_REFUSED: return "REFUSED";
    case SCEAU_DNS_TIMEOUT: return "TIMEOUT";
    case SCEAU_DNS_BOGUS: return "BOGUS";
    case SCEAU_DNS_INVALID: return "INVALID";
    case SCEAU_DNS_LIMIT: return "LIMIT";
    }
    return "UNKNOWN";
}

bool
sceau_dns_is_trouble(enum sceau_dns_status status)
{
    switch (status) {
    case SCEAU_DNS_OK:
    case SCEAU_DNS_NODATA:
    case SCEAU_DNS_NXDOMAIN:
    case SCEAU_DNS_INVALID: return false;
    case SCEAU_DNS_SERVFAIL:
    case SCEAU_DNS_REFUSED:
    case SCEAU_DNS_TIMEOUT:
    case SCEAU_DNS_BOGUS:
    case SCEAU_DNS_LIMIT: return true;
    }
    return true;
}

/* A fully qualified name may end in a dot (RFC 1035 section 5.1); one is dropped. */
static struct sceau_slice
without_final_dot(struct sceau_slice name)
{
    if (name.len > 0 && name.ptr[name.len - 1] == '.')
        name.len--;
    return name;
}

static void
trace_records(struct sceau_context *context, uint16_t type,
              const struct sceau_dns_answer *answer)
{
    struct sceau_arena *scratch = sceau_arena_new(TRACE_MEMORY);
    if (scratch == NULL)
        return;
    trace_enter(context);
    for (size_t i = 0; i < answer->count && i < TRACED_RECORDS_MAX; i++) {
        struct text t = text_new(scratch, SIZE_MAX);
        dns_rdata_present(&t, type, answer->rrs[i].rdata);
        struct sceau_slice line = text_so_far(&t);
        if (line.len > TRACED_RDATA_MAX)
            line.len = TRACED_RDATA_MAX;
        TRACE(context, "{record}", TRACE_SLICE("record", line));
        sceau_arena_clear(scratch);
    }
    if (answer->count > TRACED_RECORDS_MAX)
        TRACE(context, N_("and {count} more"),
              TRACE_NUMBER("count", answer->count - TRACED_RECORDS_MAX));
    trace_leave(context);
    sceau_arena_free(scratch);
}

static void
trace_answer(struct sceau_context *context, struct sceau_slice name, uint16_t type,
             const struct sceau_dns_answer *answer)
{
    char type_name[16];
    if (!trace_is_on(context))
        return;
    bool has_reason = answer->reason != NULL;
    TRACE(context,
          has_reason ? N_("DNS {type} {name}: {status}{secure}, {reason}")
                     : N_("DNS {type} {name}: {status}{secure}"),
          TRACE_NAME("type", sceau_dns_type_name(type, type_name)),
          TRACE_SLICE("name", name),
          TRACE_NAME("status", sceau_dns_status_name(answer->status)),
          TRACE_PHRASE("secure", answer->secure ? N_(", secure") : ""),
          TRACE_PHRASE("reason", has_reason ? answer->reason : ""));
    trace_records(context, type, answer);
}

void
sceau_dns_lookup(struct sceau_context *context, struct sceau_slice name, uint16_t type,
                 struct sceau_dns_answer *answer)
{
    struct sceau_slice asked = without_final_dot(name);
    if (domain_is_askable(asked)) {
        struct sceau_resolver *resolver = context->resolver;
        resolver->lookup(resolver, context->arena, asked, type, SCEAU_DNS_QUERY_MS,
                         answer);
    } else {
        dns_answer_without(answer, SCEAU_DNS_INVALID, 0, "this is not a DNS name");
    }
    trace_answer(context, asked, type, answer);
}

void
sceau_dns_prefetch(struct sceau_context *context, struct sceau_slice name,
                   uint16_t type)
{
    struct sceau_slice asked = without_final_dot(name);
    if (context->resolver->prefetch != NULL && domain_is_askable(asked))
        context->resolver->prefetch(context->resolver, asked, type);
}
