#include "report_rows.h"

#include "core/ip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY 1 /* the number of the empty text */

#define ROW_TEXTS (5 + REPORT_REASONS_MAX + 2 * REPORT_DKIM_MAX + REPORT_SPF_MAX)
/* All of a row but its texts; and of a text all but three octets for each of its own. */
#define ROW_FIXED                                                                 \
 (2 * PACKED_NUMBER_MAX + 2 + 1 + 16 + 3 + REPORT_REASONS_MAX + REPORT_DKIM_MAX + \
  REPORT_SPF_MAX)
#define TEXT_FIXED (1 + PACKED_NUMBER_MAX)

static_assert(EMPTY + ROW_TEXTS <= REPORT_ROWS_TEXTS, "any row has room for its texts");
static_assert(REPORT_DKIM_MAX <= UINT8_MAX, "how many there are is an octet");
static_assert(REPORT_ALIGNED_FAIL < 4 && REPORT_DISPOSITIONS <= 8 &&
                  REPORT_SCOPE_HELO < 4,
              "they share an octet");

/* ---- writing ---- */

void
report_rows_begin(struct report_rows_writer *w, struct sceau_slice policy_domain)
{
    if (w->capacity > REPORT_ROWS_OCTETS)
        report_rows_clear(w); /* a row was as long as that */
    w->policy_domain = policy_domain;
    w->len = w->authors_len = 0;
    w->rows = w->messages = 0;
    w->text_count = 0;
    memset(w->slots, 0, sizeof w->slots);
}

void
report_rows_clear(struct report_rows_writer *w)
{
    free(w->octets);
    free(w->authors);
    w->octets = w->authors = NULL;
    w->capacity = 0;
}

static void
put(struct report_rows_writer *w, unsigned octet)
{
    w->octets[w->len++] = (char)(uint8_t)octet;
}

static void
put_number(struct report_rows_writer *w, uint64_t number)
{
    w->len = (size_t)(packed_put_number(w->octets + w->len, number) - w->octets);
}

static void
put_octets(struct report_rows_writer *w, struct sceau_slice octets)
{
    if (octets.len > 0)
        memcpy(w->octets + w->len, octets.ptr, octets.len);
    w->len += octets.len;
}

/* Texts that share a slot are told once more than they need: nobody gains by making them. */
static uint16_t *
slot_of(struct report_rows_writer *w, struct sceau_slice text)
{
    uint64_t hash = text.len, part = 0;
    size_t i = 0;
    for (; text.len - i >= sizeof part; i += sizeof part) {
        memcpy(&part, text.ptr + i, sizeof part);
        hash = (hash ^ part) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    part = 0;
    memcpy(&part, text.ptr + i, text.len - i);
    hash = (hash ^ part) * UINT64_C(0x9e3779b97f4a7c15);
    return &w->slots[hash >> 32 & (REPORT_ROWS_SLOTS - 1)];
}

static void
put_new(struct report_rows_writer *w, struct sceau_slice text)
{
    char *mended = NULL;
    if (!slice_is_text(text)) {
        mended = malloc(3 * text.len);
        size_t len = mended != NULL ? slice_mend(text, mended) : 0;
        text = (struct sceau_slice){mended, len};
    }
    put(w, 0);
    put_number(w, text.len);
    w->texts[w->text_count].at = (uint32_t)w->len;
    w->texts[w->text_count++].len = (uint32_t)text.len;
    put_octets(w, text);
    free(mended);
}

static void
put_text(struct report_rows_writer *w, struct sceau_slice text)
{
    if (text.len == 0) {
        put(w, EMPTY);
        return;
    }
    uint16_t *slot = slot_of(w, text);
    unsigned known = *slot;
    if (known > 0 && w->texts[known - 1].len == text.len &&
        memcmp(w->octets + w->texts[known - 1].at, text.ptr, text.len) == 0) {
        put_number(w, EMPTY + known);
        return;
    }
    put_new(w, text);
    *slot = (uint16_t)w->text_count;
}

/* ---- room ---- */

static size_t
room_for(struct sceau_slice text)
{
    return TEXT_FIXED + 3 * text.len;
}

/* What a row takes at most. */
static size_t
row_room(struct sceau_slice domain, const struct report_record *r)
{
    size_t room = ROW_FIXED + room_for(domain) + room_for(r->source) +
                  room_for(r->header_from) + room_for(r->envelope_from) +
                  room_for(r->envelope_to);
    for (size_t i = 0; i < r->reason_count; i++)
        room += room_for(r->reasons[i].comment);
    for (size_t i = 0; i < r->dkim_count; i++)
        room +=
            room_for(r->dkim_results[i].domain) + room_for(r->dkim_results[i].selector);
    for (size_t i = 0; i < r->spf_count; i++)
        room += room_for(r->spf_results[i].domain);
    return room;
}

static bool
grow(struct report_rows_writer *w, size_t capacity)
{
    report_rows_clear(w);
    w->octets = malloc(capacity);
    w->authors = malloc(capacity);
    if (w->octets == NULL || w->authors == NULL) {
        report_rows_clear(w);
        return false;
    }
    w->capacity = capacity;
    return true;
}

/* A row that is longer than a piece has one of its own. */
static bool
has_room(struct report_rows_writer *w, size_t room)
{
    if (w->rows > 0)
        return w->len + room <= REPORT_ROWS_OCTETS &&
               REPORT_ROWS_TEXTS - w->text_count >= EMPTY + ROW_TEXTS;
    size_t capacity = room > REPORT_ROWS_OCTETS ? room : REPORT_ROWS_OCTETS;
    return w->capacity >= room || grow(w, capacity);
}

/* ---- a row ---- */

/* Those of a piece are few. */
static bool
is_noted(const struct report_rows_writer *w, struct sceau_slice domain)
{
    struct sceau_slice rest = {w->authors, w->authors_len}, name;
    while (rest.len > 0 && slice_next(&rest, '\n', &name))
        if (slice_eq(name, domain))
            return true;
    return false;
}

static void
note_author(struct report_rows_writer *w, struct sceau_slice domain)
{
    if (domain.len == 0 || slice_eq(domain, w->policy_domain) || is_noted(w, domain))
        return;
    if (w->authors_len == 0)
        w->authors[w->authors_len++] = '\n';
    assert(w->authors_len + domain.len <
           w->capacity); /* it was told among the octets */
    memcpy(w->authors + w->authors_len, domain.ptr, domain.len);
    w->authors_len += domain.len;
    w->authors[w->authors_len++] = '\n';
}

static void
put_results(struct report_rows_writer *w, const struct report_record *r)
{
    put(w, (unsigned)r->reason_count);
    for (size_t i = 0; i < r->reason_count; i++) {
        put(w, r->reasons[i].type);
        put_text(w, r->reasons[i].comment);
    }
    put(w, (unsigned)r->dkim_count);
    for (size_t i = 0; i < r->dkim_count; i++) {
        put(w, r->dkim_results[i].result);
        put_text(w, r->dkim_results[i].domain);
        put_text(w, r->dkim_results[i].selector);
    }
    put(w, (unsigned)r->spf_count);
    for (size_t i = 0; i < r->spf_count; i++) {
        put(w, r->spf_results[i].scope | (unsigned)r->spf_results[i].result << 2);
        put_text(w, r->spf_results[i].domain);
    }
}

bool
report_rows_add(struct report_rows_writer *w, struct sceau_slice domain,
                const struct report_record *r,
                const struct analysis_judgement *judgement)
{
    struct sceau_slice ip = ip_octets(&r->ip);
    if (!has_room(w, row_room(domain, r)))
        return false;
    put_number(w, r->count);
    put(w, r->disposition | r->dkim << 3 | r->spf << 5);
    put_number(w, judgement->flags);
    put(w, judgement->cause);
    put(w, (unsigned)ip.len);
    put_octets(w, ip);
    put_text(w, r->source);
    put_text(w, domain);
    put_text(w, r->header_from);
    put_text(w, r->envelope_from);
    put_text(w, r->envelope_to);
    put_results(w, r);
    note_author(w, domain);
    w->rows++;
    w->messages += r->count;
    return true;
}

/* ---- reading ---- */

void
report_rows_over(struct report_rows_reader *r, struct sceau_slice octets)
{
    r->in.rest = octets;
    r->in.is_broken = false;
    r->text_count = EMPTY;
    r->texts[0] = SCEAU_SLICE("");
}

static unsigned
take_count(struct report_rows_reader *r, unsigned most)
{
    unsigned count = packed_take(&r->in);
    r->in.is_broken = r->in.is_broken || count > most;
    return r->in.is_broken ? 0 : count;
}

static struct sceau_slice
take_text(struct report_rows_reader *r)
{
    uint64_t known = packed_take_number(&r->in);
    r->in.is_broken = r->in.is_broken || known > r->text_count ||
                      (known == 0 && r->text_count == REPORT_ROWS_TEXTS);
    if (r->in.is_broken)
        return SLICE_NONE;
    if (known > 0)
        return r->texts[known - 1];
    return r->texts[r->text_count++] =
               packed_take_octets(&r->in, packed_take_number(&r->in));
}

static void
take_results(struct report_rows_reader *r, struct report_record *record)
{
    record->reason_count = take_count(r, REPORT_REASONS_MAX);
    for (size_t i = 0; i < record->reason_count; i++) {
        struct report_reason *reason = &record->reasons[i];
        reason->type = (enum report_reason_type)packed_below(packed_take(&r->in),
                                                             REPORT_REASON_OTHER + 1);
        reason->comment = take_text(r);
    }
    record->dkim_count = take_count(r, REPORT_DKIM_MAX);
    for (size_t i = 0; i < record->dkim_count; i++) {
        struct report_auth *auth = &record->dkim_results[i];
        *auth = (struct report_auth){
            .result = (enum report_result)packed_below(packed_take(&r->in),
                                                       REPORT_RESULT_PERMERROR + 1)};
        auth->domain = take_text(r);
        auth->selector = take_text(r);
    }
    record->spf_count = take_count(r, REPORT_SPF_MAX);
    for (size_t i = 0; i < record->spf_count; i++) {
        struct report_auth *auth = &record->spf_results[i];
        unsigned both = packed_take(&r->in);
        *auth = (struct report_auth){
            .scope = (enum report_scope)packed_below(both & 3, REPORT_SCOPE_HELO + 1),
            .result = (enum report_result)packed_below(both >> 2,
                                                       REPORT_RESULT_PERMERROR + 1)};
        auth->domain = take_text(r);
    }
}

bool
report_rows_next(struct report_rows_reader *r, struct reported_row *row)
{
    struct report_record *record = &row->record;
    if (r->in.rest.len == 0 || r->in.is_broken)
        return false;
    record->count = packed_take_number(&r->in);
    unsigned three = packed_take(&r->in);
    record->disposition =
        (enum report_disposition)packed_below(three & 7, REPORT_DISPOSITIONS);
    record->dkim =
        (enum report_aligned)packed_below(three >> 3 & 3, REPORT_ALIGNED_FAIL + 1);
    record->spf =
        (enum report_aligned)packed_below(three >> 5 & 3, REPORT_ALIGNED_FAIL + 1);
    row->judgement =
        (struct analysis_judgement){.flags = (unsigned)packed_take_number(&r->in),
                                    .cause = packed_below(packed_take(&r->in),
                                                          ANALYSIS_CAUSES)};
    record->ip = ip_of_octets(packed_take_octets(&r->in, packed_take(&r->in)));
    record->source = take_text(r);
    row->domain = take_text(r);
    record->header_from = take_text(r);
    record->envelope_from = take_text(r);
    record->envelope_to = take_text(r);
    take_results(r, record);
    return !r->in.is_broken;
}
