/* The run: list, then mail by mail, then a commit, then the moves, batch by batch. */
#include "imap.h"

#include "imap_session.h"
#include "transfer.h"

#include <stdio.h>
#include <stdlib.h>

#define FOLDER_MAX 512 /* octets of a quoted name */

/* ---- names of folders ---- */

/* One character of UTF-8; 0 and false at what is none. */
static bool
take_character(struct sceau_slice *rest, uint32_t *c)
{
    size_t len = slice_utf8_length(*rest);
    if (len == 0)
        return false;
    *c = (unsigned char)rest->ptr[0];
    if (len > 1)
        *c &= 0xffU >> (len + 1);
    for (size_t i = 1; i < len; i++)
        *c = *c << 6 | ((unsigned char)rest->ptr[i] & 0x3f);
    *rest = slice_skip(*rest, len);
    return true;
}

/* UTF-16BE in base64 without padding, with "," for "/": what stands between & and -. */
static void
put_base64(struct text *t, const uint8_t *octets, size_t len)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < len; i++) {
        held = (held << 8 | octets[i]) & 0xfffff;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text_octet(t, digits[held >> bits & 0x3f]);
        }
    }
    if (bits > 0)
        text_octet(t, digits[held << (6 - bits) & 0x3f]);
}

static size_t
put_utf16(uint8_t *out, uint32_t c)
{
    uint32_t units[2] = {c, 0};
    size_t count = 1;
    if (c >= 0x10000) {
        units[0] = 0xd800 + ((c - 0x10000) >> 10);
        units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
        count = 2;
    }
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = (uint8_t)(units[i] >> 8);
        out[2 * i + 1] = (uint8_t)units[i];
    }
    return 2 * count;
}

bool
imap_folder_name(const char *name, char *out, size_t size)
{
    struct text t = text_in(out, size);
    struct sceau_slice rest = sceau_slice_from(name);
    uint8_t wide[FOLDER_MAX];
    size_t wide_len = 0;
    if (rest.len == 0 || rest.len > FOLDER_MAX / 4)
        return false;
    text_octet(&t, '"');
    while (rest.len > 0) {
        uint32_t c;
        if (!take_character(&rest, &c) || c < ' ' || c == 0x7f)
            return false;
        if (c > 0x7f) {
            wide_len += put_utf16(wide + wide_len, c);
            if (rest.len > 0 && (unsigned char)rest.ptr[0] > 0x7f)
                continue;
            text_octet(&t, '&');
            put_base64(&t, wide, wide_len);
            text_octet(&t, '-');
            wide_len = 0;
            continue;
        }
        if (c == '"' || c == '\\')
            text_octet(&t, '\\');
        text_octet(&t, (char)c);
        if (c == '&')
            text_octet(&t, '-');
    }
    text_octet(&t, '"');
    return text_done(&t).ptr != NULL;
}

/* ---- one run ---- */

struct listed {
    uint32_t uid;
    uint64_t size;
};

struct run {
    const struct imap_options *options;
    struct imap_taker *taker;
    struct imap_result *result;
    struct imap_session *session;
    char folder[FOLDER_MAX];
    char targets[IMAP_REFUSED + 1][FOLDER_MAX]; /* by fate */
    bool has_move, has_uidplus;
    uint32_t uidvalidity;
    struct listed *list;
    size_t listed, list_room;
    char *mail; /* the one at hand */
    size_t mail_room;
};

static bool
give_up(struct run *r, enum imap_end end, const char *words, const char *folder)
{
    r->result->end = end;
    if (words != NULL)
        snprintf(r->result->words, sizeof r->result->words, "%s", words);
    snprintf(r->result->folder, sizeof r->result->folder, "%.200s",
             folder != NULL ? folder : "");
    return false;
}

/* Send it; anything but OK ends the run. */
static bool
ask(struct run *r, const char *command, struct imap_hearer *hearer)
{
    enum imap_status status = imap_command(r->session, command, hearer);
    if (status == IMAP_STATUS_OK)
        return true;
    return status != IMAP_STATUS_NONE ? give_up(r, IMAP_END_SAID_NO, NULL, NULL)
                                      : false;
}

/* -- what the server can, and the folder -- */

struct greeting_hearer {
    struct imap_hearer hearer;
    struct run *run;
};

static void
hear_greeting(struct imap_hearer *self, const struct imap_line *line)
{
    struct run *r = ((struct greeting_hearer *)self)->run;
    if (slice_eq_ci(line->word, SCEAU_SLICE("CAPABILITY"))) {
        r->has_move = imap_has_word(line->rest, SCEAU_SLICE("MOVE"));
        r->has_uidplus = imap_has_word(line->rest, SCEAU_SLICE("UIDPLUS"));
        if (imap_has_word(line->rest, SCEAU_SLICE("IMAP4rev2"))) /* it holds both */
            r->has_move = r->has_uidplus = true;
    }
    imap_code_number(line->code, SCEAU_SLICE("UIDVALIDITY"), &r->uidvalidity);
}

static bool
select_folder(struct run *r)
{
    struct greeting_hearer g = {.hearer = {.line = hear_greeting}, .run = r};
    char command[FOLDER_MAX + 16];
    snprintf(command, sizeof command, "SELECT %s", r->folder);
    if (!ask(r, "CAPABILITY", &g.hearer))
        return false;
    enum imap_status status = imap_command(r->session, command, &g.hearer);
    if (status == IMAP_STATUS_NO || status == IMAP_STATUS_BAD)
        return give_up(r, IMAP_END_NO_FOLDER, NULL, r->options->folder);
    return status == IMAP_STATUS_OK;
}

/* -- the list -- */

struct list_hearer {
    struct imap_hearer hearer;
    struct run *run;
    bool is_full;
};

static void
hear_listed(struct imap_hearer *self, const struct imap_line *line)
{
    struct list_hearer *h = (struct list_hearer *)self;
    struct run *r = h->run;
    struct imap_fetched f = {0};
    if (!slice_eq_ci(line->word, SCEAU_SLICE("FETCH")) ||
        !imap_fetched_read(line->rest, &f) || !f.has_uid || !f.has_size ||
        f.is_deleted || r->listed == IMAP_LIST_MAX)
        return;
    if (r->listed == r->list_room) {
        size_t room = r->list_room > 0 ? r->list_room * 2 : 64;
        struct listed *list = realloc(r->list, room * sizeof *list);
        if (list == NULL) {
            h->is_full = true;
            return;
        }
        r->list = list;
        r->list_room = room;
    }
    r->list[r->listed++] = (struct listed){.uid = f.uid, .size = f.size};
}

static bool
list_mails(struct run *r)
{
    struct list_hearer h = {.hearer = {.line = hear_listed}, .run = r};
    if (!ask(r, "UID FETCH 1:* (UID FLAGS RFC822.SIZE)", &h.hearer))
        return false;
    r->result->found = (unsigned)r->listed;
    return !h.is_full || give_up(r, IMAP_END_SYSTEM, "out of memory", NULL);
}

/* -- one mail -- */

struct mail_hearer {
    struct imap_hearer hearer;
    struct run *run;
    uint32_t uid;
    struct imap_fetched fetched; /* of the response at hand */
    size_t len;                  /* of the literal at hand */
    bool has_room;               /* it was kept */
    bool has_mail;               /* it is in run->mail, and it is the wanted one */
    bool is_large;               /* larger than was said: read over */
    size_t mail_len;
};

static void
judge_mail(struct mail_hearer *h)
{
    if (h->has_room && h->fetched.has_body && h->fetched.has_uid &&
        h->fetched.uid == h->uid) {
        h->has_mail = true;
        h->mail_len = h->len;
    }
}

static void
hear_fetched(struct imap_hearer *self, const struct imap_line *line)
{
    struct mail_hearer *h = (struct mail_hearer *)self;
    h->fetched = (struct imap_fetched){0};
    if (slice_eq_ci(line->word, SCEAU_SLICE("FETCH")))
        imap_fetched_read(line->rest, &h->fetched);
}

static void
hear_part(struct imap_hearer *self, struct sceau_slice part)
{
    struct mail_hearer *h = (struct mail_hearer *)self;
    imap_fetched_read(part, &h->fetched);
    judge_mail(h);
}

static char *
make_room(struct imap_hearer *self, uint64_t octets)
{
    struct mail_hearer *h = (struct mail_hearer *)self;
    struct run *r = h->run;
    h->has_room = false;
    h->is_large |= octets > r->options->mail_max;
    if (h->is_large || h->has_mail)
        return NULL;
    if (octets + 1 > r->mail_room) {
        char *room = realloc(r->mail, (size_t)octets + 1);
        if (room == NULL)
            return NULL;
        r->mail = room;
        r->mail_room = (size_t)octets + 1;
    }
    h->len = (size_t)octets;
    h->has_room = true;
    return r->mail;
}

/* False: the session is broken. A mail that is gone meanwhile is no mistake; one that is
 * larger than the server's list said is as one that said so. */
static bool
fetch_mail(struct run *r, const struct listed *listed, struct sceau_slice *octets,
           bool *is_large)
{
    struct mail_hearer h = {
        .hearer = {.line = hear_fetched, .part = hear_part, .literal = make_room},
        .run = r,
        .uid = listed->uid,
    };
    char command[64];
    snprintf(command, sizeof command, "UID FETCH %u (UID BODY.PEEK[])", listed->uid);
    enum imap_status status = imap_command(r->session, command, &h.hearer);
    *octets = h.has_mail ? (struct sceau_slice){r->mail, h.mail_len} : SLICE_NONE;
    *is_large = !h.has_mail && h.is_large;
    return status != IMAP_STATUS_NONE;
}

static enum imap_fate
hand_over(struct run *r, const struct listed *listed, struct sceau_slice octets)
{
    char name[1024];
    struct sceau_slice host = transfer_host(r->options->url);
    int len =
        snprintf(name, sizeof name, "imap:%.200s@%.*s/%.200s;UIDVALIDITY=%u/;UID=%u",
                 r->options->user, SLICE_ARG(host), r->options->folder, r->uidvalidity,
                 listed->uid);
    size_t name_len = len < 0                  ? 0
                      : len < (int)sizeof name ? (size_t)len
                                               : sizeof name - 1;
    struct imap_mail mail = {
        .uid = listed->uid, .size = listed->size, .name = {name, name_len}
    };
    return r->taker->mail(r->taker, &mail, octets);
}

/* -- moving -- */

/* COPY or MOVE; a target that is not there is made once. */
static bool
send_to(struct run *r, const char *verb, const char *uids, enum imap_fate fate)
{
    const char *target = r->targets[fate];
    const char *folder =
        fate == IMAP_DONE ? r->options->done_folder : r->options->refused_folder;
    char *command = NULL, create[FOLDER_MAX + 16];
    if (asprintf(&command, "UID %s %s %s", verb, uids, target) < 0)
        return give_up(r, IMAP_END_SYSTEM, "out of memory", NULL);
    enum imap_status status = imap_command(r->session, command, NULL);
    if (status == IMAP_STATUS_NO) {
        snprintf(create, sizeof create, "CREATE %s", target);
        imap_command(r->session, create,
                     NULL); /* it may be there: then the move tells */
        status = imap_command(r->session, command, NULL);
    }
    free(command);
    if (status == IMAP_STATUS_OK)
        return true;
    return status != IMAP_STATUS_NONE ? give_up(r, IMAP_END_NO_TARGET, NULL, folder)
                                      : false;
}

static bool
move(struct run *r, const char *uids, enum imap_fate fate)
{
    char *command = NULL;
    if (r->has_move)
        return send_to(r, "MOVE", uids, fate);
    if (!send_to(r, "COPY", uids, fate))
        return false;
    if (asprintf(&command, "UID STORE %s +FLAGS.SILENT (\\Deleted)", uids) < 0)
        return give_up(r, IMAP_END_SYSTEM, "out of memory", NULL);
    bool is_fine = ask(r, command, NULL);
    free(command);
    if (!is_fine || !r->has_uidplus)
        return is_fine;
    if (asprintf(&command, "UID EXPUNGE %s", uids) < 0)
        return give_up(r, IMAP_END_SYSTEM, "out of memory", NULL);
    is_fine = ask(r, command, NULL);
    free(command);
    return is_fine;
}

/* Those of the batch that came to this fate, as "1,5,7". */
static bool
move_fate(struct run *r, const struct listed *batch, const enum imap_fate *fates,
          size_t count, enum imap_fate fate)
{
    char *uids = malloc(count * 11 + 1);
    size_t len = 0;
    if (uids == NULL)
        return give_up(r, IMAP_END_SYSTEM, "out of memory", NULL);
    for (size_t i = 0; i < count; i++) {
        if (fates[i] == fate)
            len +=
                (size_t)sprintf(uids + len, "%s%u", len > 0 ? "," : "", batch[i].uid);
    }
    bool is_fine = len == 0 || move(r, uids, fate);
    free(uids);
    return is_fine;
}

static bool
is_stopping(const struct run *r)
{
    return r->taker->is_stopping != NULL && r->taker->is_stopping(r->taker);
}

static void
count_fates(struct run *r, const enum imap_fate *fates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        r->result->done += fates[i] == IMAP_DONE;
        r->result->refused += fates[i] == IMAP_REFUSED;
        r->result->left += fates[i] == IMAP_LEAVE;
    }
}

/* What was handed over is committed and moved even when the server went away in the middle
 * of the batch: then the next run finds it again, and the store knows it. */
static bool
run_batch(struct run *r, const struct listed *batch, size_t count,
          enum imap_fate *fates)
{
    bool is_fine = true;
    size_t n = 0;
    for (; n < count && is_fine && !is_stopping(r); n++) {
        bool is_large = batch[n].size > r->options->mail_max;
        struct sceau_slice octets = SLICE_NONE;
        is_fine = is_large || fetch_mail(r, &batch[n], &octets, &is_large);
        fates[n] = IMAP_LEAVE;
        if (is_fine && (is_large || octets.ptr != NULL))
            fates[n] = hand_over(r, &batch[n], octets);
        r->result->too_large += is_fine && is_large;
    }
    if (!r->taker->commit(r->taker))
        return give_up(r, IMAP_END_NOT_COMMITTED, NULL, NULL);
    if (!is_fine || !move_fate(r, batch, fates, n, IMAP_DONE) ||
        !move_fate(r, batch, fates, n, IMAP_REFUSED))
        return false;
    count_fates(r, fates, n);
    return true;
}

static bool
run_all(struct run *r)
{
    size_t most = r->options->batch > 0 ? r->options->batch : 1;
    enum imap_fate *fates = calloc(most, sizeof *fates);
    bool is_fine = fates != NULL || give_up(r, IMAP_END_SYSTEM, "out of memory", NULL);
    for (size_t i = 0; i < r->listed && is_fine && !is_stopping(r); i += most) {
        size_t count = r->listed - i < most ? r->listed - i : most;
        is_fine = run_batch(r, r->list + i, count, fates);
    }
    free(fates);
    return is_fine;
}

static bool
name_folders(struct run *r)
{
    const struct imap_options *o = r->options;
    const struct {
        const char *key, *name;
        char *out;
    } folders[] = {
        {"intake.imap_folder",         o->folder,         r->folder               },
        {"intake.imap_done_folder",    o->done_folder,    r->targets[IMAP_DONE]   },
        {"intake.imap_refused_folder", o->refused_folder, r->targets[IMAP_REFUSED]},
    };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char words[IMAP_WORDS];
        snprintf(words, sizeof words, "%s: %s", folders[i].key,
                 N_("this is no name of a folder"));
        if (!imap_folder_name(folders[i].name, folders[i].out, FOLDER_MAX))
            return give_up(r, IMAP_END_SETTINGS, words, NULL);
    }
    if (strcmp(r->folder, r->targets[IMAP_DONE]) != 0 &&
        strcmp(r->folder, r->targets[IMAP_REFUSED]) != 0)
        return true;
    return give_up(r, IMAP_END_SETTINGS,
                   N_("intake.imap_done_folder and intake.imap_refused_folder have to "
                      "be other folders than intake.imap_folder"),
                   NULL);
}

bool
imap_run(const struct imap_options *options, struct imap_taker *taker,
         struct imap_result *result)
{
    struct run r = {.options = options, .taker = taker, .result = result};
    *result = (struct imap_result){.end = IMAP_END_FINE};
    bool is_fine = name_folders(&r);
    if (is_fine)
        r.session = imap_session_open(options, taker, result);
    is_fine = r.session != NULL && select_folder(&r) && list_mails(&r) && run_all(&r);
    imap_session_close(r.session);
    free(r.list);
    free(r.mail);
    return is_fine;
}
