/* Any octets as a file: archives, mails, mboxes, TLS and failure reports. Each thing that
 * was begun ends in one report or refusal, and something is always heard. */
#include "intake.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
    struct report_sink sink;
    unsigned begun, ended;
};

static void
begin(struct report_sink *self, struct sceau_slice name)
{
    struct heard *h = (struct heard *)self;
    (void)name;
    CHECK(h->begun == h->ended);
    h->begun++;
}

static void
end(struct report_sink *self)
{
    struct heard *h = (struct heard *)self;
    h->ended++;
    CHECK(h->begun == h->ended);
}

static void
on_record(struct report_sink *self, const struct report_record *r)
{
    (void)self;
    CHECK(r->count <= REPORT_COUNT_MAX);
}

static void
on_tls_policy(struct report_sink *self, const struct report_tls_policy *p)
{
    (void)self;
    CHECK(p->successful <= REPORT_COUNT_MAX && p->type.len <= REPORT_TEXT_MAX);
}

static void
on_tls_failure(struct report_sink *self, const struct report_tls_failure *f)
{
    (void)self;
    CHECK(f->count <= REPORT_COUNT_MAX);
}

static void
on_repair(struct report_sink *self, const struct report_repair *r)
{
    (void)self;
    CHECK(report_repair_text(r->kind) != NULL);
}

static void
on_aggregate(struct report_sink *self, const struct report_aggregate *a)
{
    CHECK(a->begin >= 0 && a->end >= 0);
    end(self);
}

static void
on_tls(struct report_sink *self, const struct report_tls *r)
{
    CHECK(r->begin >= 0 && r->end >= 0);
    end(self);
}

static void
on_failure(struct report_sink *self, const struct report_failure *r)
{
    CHECK(r->feedback_type.len > 0 && r->incidents > 0);
    end(self);
}

static void
on_refused(struct report_sink *self, const struct report_refusal *r)
{
    CHECK(report_refusal_text(r->kind) != NULL);
    end(self);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_ready;
    struct memory_source source;
    struct heard heard = {
        .sink = {begin, on_record, on_tls_policy, on_tls_failure, on_repair,
                 on_aggregate, on_tls, on_failure, on_refused, NULL}
    };
    if (!is_ready)
        report_intake_init();
    is_ready = true;
    memory_source_init(&source, (struct sceau_slice){(const char *)data, size});
    report_intake(&source.source, SCEAU_SLICE("input"), &heard.sink);
    CHECK(heard.begun > 0 && heard.begun == heard.ended);
    return 0;
}
