/* The two canonicalisations of RFC 6376 section 3.4, for header fields and bodies.
 *
 * A CR or LF that is not part of a CRLF is an octet like any other: to take it for a line
 * end would hash what no reader sees. Text that needs no change is handed on in long
 * runs; only its exceptions pass the small state machine. */
#include "canon.h"

#include "core/octets16.h"

#include <assert.h>

static const struct sceau_slice crlf = {"\r\n", 2};

void
canon_out_init(struct canon_out *out,
               void (*write)(void *self, struct sceau_slice octets), void *self)
{
    out->write = write;
    out->self = self;
    out->used = 0;
}

void
canon_out_flush(struct canon_out *out)
{
    if (out->used > 0)
        out->write(out->self, (struct sceau_slice){out->buffer, out->used});
    out->used = 0;
}

static void
put(struct canon_out *out, struct sceau_slice s)
{
    if (s.len > CANON_BUFFER - out->used)
        canon_out_flush(out);
    if (s.len > CANON_BUFFER) {
        out->write(out->self, s);
        return;
    }
    if (s.len > 0)
        memcpy(out->buffer + out->used, s.ptr, s.len);
    out->used += s.len;
}

static void
put_lower(struct canon_out *out, struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        put(out, (struct sceau_slice){(char[]){ascii_lower(s.ptr[i])}, 1});
}

/* Nothing that relaxed canonicalisation would look at twice. */
static bool
is_plain(char c)
{
    return c != ' ' && c != '\t' && c != '\r';
}

/* Whether relaxed canonicalisation may change the octet, or what follows decides: a tab, SP
 * before anything below 0x21, a CRLF before that, SP or CR at the end. */
static bool
must_look(const char *p, const char *end)
{
    switch (*p) {
    case '\t': return true;
    case ' ': return end - p < 2 || (unsigned char)p[1] < 0x21;
    case '\r':
        return end - p < 2 ||
               (p[1] == '\n' && (end - p < 3 || (unsigned char)p[2] < 0x21));
    default: return false;
    }
}

/* The first octet that must be looked at. Sixteen octets at a time, since for ordinary text
 * this loop is what stands beside the hash, and a line end before text does not leave it;
 * what it marks (a CRLF by its LF) is looked at once more. */
static const char *
skip_unchanged(const char *p, const char *end)
{
    const size_t step = sizeof(octets16);
    const char *start = p;
    for (size_t clear = step; clear == step && end - p > (ptrdiff_t)step; p += clear) {
        octets16 here, next;
        memcpy(&here, p, sizeof here);
        memcpy(&next, p + 1, sizeof next);
        octets16 line_end = (octets16)(here == '\r') & (octets16)(next == '\n');
        octets16 low = (octets16)(here < 0x21) & (octets16)(next < 0x21);
        clear = octets16_before_mark((low & ~line_end) | (octets16)(here == '\t'));
    }
    if (p > start && p < end && *p == '\n' && p[-1] == '\r')
        p--;
    while (p < end && !must_look(p, end))
        p++;
    return p;
}

/* ---- header fields ------------------------------------------------------------------ */

/* CRLF and WSP begin here. */
static bool
is_fold(const char *p, const char *end)
{
    return end - p >= 3 && p[0] == '\r' && p[1] == '\n' && ascii_is_wsp(p[2]);
}

/* A single space between words, or a CR that folds nothing. */
static bool
stays_in_field(const char *p, const char *end)
{
    return *p == ' ' ? end - p >= 2 && is_plain(p[1]) : *p == '\r' && !is_fold(p, end);
}

/* Part of a field body, relaxed: folds undone, WSP made one space, none at the end.
 * `*wsp` carries white space that was seen but not written; `*started` says whether
 * anything was, since white space behind the colon goes too. */
static void
relax_value(struct canon_out *out, struct sceau_slice value, bool *wsp, bool *started)
{
    const char *p = value.ptr, *end = p + value.len;
    while (p < end) {
        if (ascii_is_wsp(*p)) {
            *wsp = true;
            p++;
            continue;
        }
        if (is_fold(p, end)) {
            p += 2; /* RFC 5322 section 2.2.3: unfolding takes the CRLF away */
            continue;
        }
        if (*wsp && *started)
            put(out, SCEAU_SLICE(" "));
        const char *run = p++; /* text, or a CR that folds nothing */
        while ((p = skip_unchanged(p, end)) < end && stays_in_field(p, end))
            p++;
        put(out, (struct sceau_slice){run, (size_t)(p - run)});
        *wsp = false;
        *started = true;
    }
}

void
canon_field_without(struct canon_out *out, enum sceau_canonicalization how,
                    const struct sceau_field *field, size_t gap, size_t gap_length)
{
    struct sceau_slice before = slice_sub(field->body, 0, gap);
    struct sceau_slice behind = slice_skip(field->body, gap + gap_length);
    bool wsp = false, started = false;
    assert(gap + gap_length <= field->body.len && field->body.len <= field->raw.len);
    switch (how) {
    case SCEAU_SIMPLE:
        put(out, slice_sub(field->raw, 0, field->raw.len - field->body.len + gap));
        put(out, behind);
        break;
    case SCEAU_RELAXED:
        put_lower(out, field->name);
        put(out, SCEAU_SLICE(":"));
        relax_value(out, before, &wsp, &started);
        relax_value(out, behind, &wsp, &started);
        break;
    }
}

void
canon_field(struct canon_out *out, enum sceau_canonicalization how,
            const struct sceau_field *field)
{
    canon_field_without(out, how, field, field->body.len, 0);
    put(out, crlf);
}

/* ---- bodies ------------------------------------------------------------------------- */

void
canon_body_init(struct canon_body *body, enum sceau_canonicalization how,
                void (*write)(void *self, struct sceau_slice octets), void *self)
{
    body->how = how;
    body->octets = body->pending_crlfs = 0;
    body->pending_wsp = body->pending_cr = false;
    canon_out_init(&body->out, write, self);
}

static void
emit(struct canon_body *body, struct sceau_slice s)
{
    body->octets += s.len;
    put(&body->out, s);
}

/* Something follows: what was held back belongs to the body after all. */
static void
release(struct canon_body *body)
{
    for (; body->pending_crlfs > 0; body->pending_crlfs--)
        emit(body, crlf);
    if (body->pending_wsp)
        emit(body, SCEAU_SLICE(" "));
    body->pending_wsp = false;
}

/* A CR was held back and no LF came: it is text. */
static void
release_cr(struct canon_body *body)
{
    release(body);
    emit(body, SCEAU_SLICE("\r"));
    body->pending_cr = false;
}

/* Section 3.4.3: only the line ends at the end of the chunk matter; what stands before
 * them is handed on uncopied. */
static void
update_simple(struct canon_body *body, struct sceau_slice chunk)
{
    if (body->pending_cr && chunk.ptr[0] == '\n') {
        body->pending_cr = false;
        body->pending_crlfs++;
        chunk = slice_skip(chunk, 1);
    } else if (body->pending_cr) {
        release_cr(body);
    }
    size_t text = chunk.len;
    uint64_t crlfs = 0;
    if (text > 0 && chunk.ptr[text - 1] == '\r') {
        body->pending_cr = true;
        text--;
    }
    while (text >= 2 && chunk.ptr[text - 2] == '\r' && chunk.ptr[text - 1] == '\n') {
        crlfs++;
        text -= 2;
    }
    if (text > 0) {
        release(body);
        emit(body, slice_sub(chunk, 0, text));
    }
    body->pending_crlfs += crlfs;
}

/* How many octets from here stay as they are whatever follows them: a single space before
 * text, empty lines before text. */
static size_t
stay_in_body(const char *p, const char *end)
{
    const char *text = p;
    if (end - p >= 2 && p[0] == ' ')
        return is_plain(p[1]);
    while (end - text >= 3 && text[0] == '\r' && text[1] == '\n')
        text += 2;
    return is_plain(*text) ? (size_t)(text - p) : 0;
}

/* Hand on the longest run that canonicalisation leaves as it is. Nothing is held back. */
static const char *
relaxed_run(struct canon_body *body, const char *p, const char *end)
{
    const char *run = p;
    for (size_t stay = 1; stay > 0; p += stay) {
        p = skip_unchanged(p, end);
        stay = p < end ? stay_in_body(p, end) : 0;
    }
    emit(body, (struct sceau_slice){run, (size_t)(p - run)});
    return p;
}

/* One octet while something is held back, or one that must be. An octet that is text
 * stays where it is: the next run begins with it. */
static const char *
relaxed_octet(struct canon_body *body, const char *p)
{
    if (body->pending_cr && *p == '\n') {
        body->pending_cr = body->pending_wsp = false; /* white space ended the line */
        body->pending_crlfs++;
        return p + 1;
    }
    if (body->pending_cr)
        release_cr(body);
    if (*p == '\r')
        body->pending_cr = true;
    else if (ascii_is_wsp(*p))
        body->pending_wsp = true;
    else {
        release(body);
        return p;
    }
    return p + 1;
}

/* Section 3.4.4. */
static void
update_relaxed(struct canon_body *body, struct sceau_slice chunk)
{
    const char *p = chunk.ptr, *end = p + chunk.len;
    while (p < end) {
        if (!body->pending_cr && !body->pending_wsp && body->pending_crlfs == 0)
            p = relaxed_run(body, p, end);
        if (p < end)
            p = relaxed_octet(body, p);
    }
}

void
canon_body_update(struct canon_body *body, struct sceau_slice chunk)
{
    if (chunk.len == 0)
        return;
    switch (body->how) {
    case SCEAU_SIMPLE: update_simple(body, chunk); break;
    case SCEAU_RELAXED: update_relaxed(body, chunk); break;
    }
}

void
canon_body_finish(struct canon_body *body)
{
    if (body->pending_cr)
        release_cr(body);
    /* Simple: an empty body is one CRLF. Relaxed: it is nothing. */
    if (body->how == SCEAU_SIMPLE || body->octets > 0)
        emit(body, crlf);
    body->pending_crlfs = 0;
    body->pending_wsp = false;
    canon_out_flush(&body->out);
}

const char *
canon_name(enum sceau_canonicalization how)
{
    switch (how) {
    case SCEAU_SIMPLE: return "simple";
    case SCEAU_RELAXED: return "relaxed";
    }
    return "unknown";
}
