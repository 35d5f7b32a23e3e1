/* `sceau key import`: keys from where they are now into the key store, with the selectors
 * they have, so that nothing changes for whoever verifies. A key goes on signing at once
 * only when every name server has its record; else it waits like a new one. */
#include "core/domain.h"
#include "core/text.h"
#include "key.h"
#include "key_sight.h"
#include "keys/import.h"
#include "spool.h"

#include <string.h>
#include <sys/stat.h>

#define TEXT_FILE_MAX ((size_t)64 * 1024 * 1024)
#define WEAK_BITS     2048
#define BASE64_LINE   64

struct import {
    struct key_command c;
    const char *path; /* of the file at hand */
    struct keys_signing_list signing;
    int status; /* the worst so far */
};

static void
note_status(struct import *in, int status)
{
    in->status = status > in->status ? status : in->status;
}

/* What is wrong with one key does not stop the others. */
static void
refuse_key(struct import *in, const struct keys_found *found, const char *reason)
{
    COMPLAIN(in->c.env.language, "{path}:{line}: {domain}, selector {selector}: {why}",
             LANGUAGE_THEIRS("path", sceau_slice_from(in->path)),
             LANGUAGE_OURS("line", DECIMAL(found->line)),
             LANGUAGE_THEIRS("domain", found->domain),
             LANGUAGE_THEIRS("selector", found->selector),
             LANGUAGE_OURS("why", sceau_slice_from(
                                      language_text(in->c.env.language, reason))));
    note_status(in, CLI_EXIT_INPUT);
}

/* ---- one key ---- */

/* It signs from now on, unless another key of its type does. */
static void
activate(struct keys_edit *edit, struct keys_key *key, int64_t now)
{
    if (keys_in_state(&edit->domain, KEYS_ACTIVE, key->algorithm) != NULL)
        return;
    key->state = KEYS_ACTIVE;
    key->published = key->confirmed = key->active = now;
}

static void
say_imported(struct import *in, struct sceau_slice domain, const struct keys_key *key,
             const struct key_sight *sight)
{
    struct key_command *c = &in->c;
    const struct language_word words[] = {
        LANGUAGE_THEIRS("selector", key->selector),
        LANGUAGE_THEIRS("domain", domain),
        LANGUAGE_OURS("reason", sceau_slice_from(
                                    sight->reason != NULL
                                        ? language_text(c->env.language, sight->reason)
                                        : "")),
    };
    size_t count = sizeof words / sizeof *words;
    if (c->call->globals.json)
        key_print_json(c, key, domain);
    if (key->state == KEYS_ACTIVE)
        key_say(
            c, N_("{selector} signs for {domain}: its record is on every name server."),
            words, count);
    else if (sight->reason != NULL)
        key_say(
            c,
            N_("{selector} of {domain} is kept and does not sign yet: {reason}. sceau "
               "key rotate {domain} looks again."),
            words, count);
    else
        key_say(
            c,
            N_("{selector} of {domain} is kept and does not sign yet: another key of "
               "its type does. sceau key rotate {domain} lets it take over."),
            words, count);
    if (key->algorithm == SCEAU_DKIM_RSA_SHA256 && key->bits < WEAK_BITS)
        key_say(c,
                N_("{selector} of {domain} has fewer than 2048 bits: sceau key update "
                   "{domain} begins a better one."),
                words, count);
}

/* Is it the same key as the one that has the selector? */
static bool
is_known(struct import *in, const struct keys_key *known, const struct keys_pem *pem)
{
    const char *reason;
    struct sceau_signer *signer = sceau_private_key_parse(keys_pem_text(pem), &reason);
    if (signer == NULL)
        return false;
    struct sceau_slice record = sceau_private_key_record(in->c.env.arena, signer);
    sceau_private_key_free(signer);
    return slice_eq(record, keys_record(in->c.env.arena, known));
}

static void
add_key(struct import *in, struct sceau_slice domain, const struct keys_found *found,
        const struct keys_pem *pem, struct keys_edit *edit)
{
    struct key_command *c = &in->c;
    struct key_sight sight;
    const struct keys_key *known = keys_find(&edit->domain, found->selector);
    if (known != NULL && is_known(in, known, pem)) {
        KEY_SAY(c, N_("{selector} of {domain} is here already."),
                LANGUAGE_THEIRS("selector", found->selector),
                LANGUAGE_THEIRS("domain", domain));
        return;
    }
    struct keys_key *key =
        keys_edit_add(edit, found->selector, pem, c->now, &c->problem);
    if (key == NULL) {
        refuse_key(in, found, c->problem.text);
        return;
    }
    key_sight(&c->env, domain, key, &sight);
    if (sight.seen.sight == KEYS_SIGHT_EVERYWHERE)
        activate(edit, key, c->now);
    if (keys_edit_commit(edit, &c->problem) != SCEAU_OK)
        note_status(in, key_unwritten(c));
    else
        say_imported(in, domain, key, &sight);
}

/* One private key for one domain. */
static void
import_key(struct import *in, struct sceau_slice domain_text,
           const struct keys_found *found, struct sceau_slice text)
{
    struct keys_pem pem = {0};
    struct keys_edit edit;
    struct sceau_slice domain;
    if (!domain_normal(in->c.env.arena, domain_text, &domain)) {
        refuse_key(in, found, N_("this is no domain"));
        return;
    }
    const char *reason = keys_pem_open(text, SLICE_NONE, &pem);
    if (reason != NULL)
        refuse_key(in, found, reason);
    else if (keys_edit_begin(&in->c.place, in->c.env.arena, domain, &edit,
                             &in->c.problem) != SCEAU_OK) {
        note_status(in, key_unusable(&in->c));
        keys_edit_end(&edit);
    } else {
        add_key(in, domain, found, &pem, &edit);
        keys_edit_end(&edit);
    }
    keys_pem_wipe(&pem);
}

/* ---- rows of a KeyTable ---- */

/* As OpenDKIM tells them apart: a path begins with "/" or a dot. */
static bool
is_path(struct sceau_slice key)
{
    return key.len > 0 && (key.ptr[0] == '/' || key.ptr[0] == '.');
}

/* Bare base64 as PEM; a key in PKCS #1 and one in #8 begin alike, so both are tried. */
static void
import_base64(struct import *in, struct sceau_slice domain,
              const struct keys_found *found)
{
    static const char *const labels[] = {"RSA PRIVATE KEY", "PRIVATE KEY"};
    struct keys_pem pem = {0};
    for (size_t i = 0; i < 2; i++) {
        char memory[KEYS_PEM_MAX];
        struct text t = text_in(memory, sizeof memory);
        text_format(&t, "-----BEGIN %s-----", labels[i]);
        for (size_t k = 0; k < found->key.len; k++) {
            if (k % BASE64_LINE == 0)
                text_octet(&t, '\n');
            text_octet(&t, found->key.ptr[k]);
        }
        text_format(&t, "\n-----END %s-----\n", labels[i]);
        bool is_last = i == 1;
        if (is_last || keys_pem_open(text_so_far(&t), SLICE_NONE, &pem) == NULL) {
            import_key(in, domain, found, text_so_far(&t));
            i = 2;
        }
        keys_wipe(memory, sizeof memory);
    }
    keys_pem_wipe(&pem);
}

/* The file that a row names: relative to the table's own folder. */
static void
import_file(struct import *in, struct sceau_slice domain,
            const struct keys_found *found)
{
    struct spool file;
    struct text path = text_new(in->c.env.arena, SIZE_MAX);
    const char *slash = strrchr(in->path, '/');
    if (found->key.ptr[0] != '/' && slash != NULL)
        text_slice(&path,
                   (struct sceau_slice){in->path, (size_t)(slash - in->path) + 1});
    text_slice(&path, found->key);
    const char *name = text_done(&path).ptr;
    if (name != NULL && spool_read(&file, in->c.env.language, name, KEYS_PEM_MAX)) {
        import_key(in, domain, found, file.octets);
        spool_wipe(&file);
        return;
    }
    refuse_key(in, found, name != NULL ? file.problem.text : N_("out of memory"));
}

static void
import_row(struct import *in, struct sceau_slice domain, const struct keys_found *found)
{
    if (is_path(found->key))
        import_file(in, domain, found);
    else
        import_base64(in, domain, found);
}

/* "%" stands for the sender's domain: the SigningTable has those. */
static void
import_each_sender(struct import *in, const struct keys_found *found)
{
    size_t count = 0;
    for (size_t i = 0; i < in->signing.count; i++) {
        const struct keys_signing *row = &in->signing.items[i];
        if (!slice_eq(row->name, found->name) || row->domain.len == 0 ||
            row->domain.ptr[0] == '.')
            continue;
        import_row(in, row->domain, found);
        count++;
    }
    if (count == 0)
        refuse_key(
            in, found,
            N_("% is the sender's domain: --signing-table FILE has to name some"));
}

/* What a SigningTable says and the key store does not: whose mail a key signs. */
static void
compare_signing(struct import *in, const struct keys_found *found)
{
    for (size_t i = 0; i < in->signing.count; i++) {
        const struct keys_signing *row = &in->signing.items[i];
        struct sceau_slice sender = row->domain;
        if (!slice_eq(row->name, found->name) || slice_eq_ci(sender, found->domain) ||
            slice_eq(found->domain, SCEAU_SLICE("%")))
            continue;
        if (sender.len > 0 && sender.ptr[0] == '.')
            sender = slice_skip(sender, 1);
        bool is_below = sender.len > 0 && domain_is_within(sender, found->domain);
        COMPLAIN(
            in->c.env.language,
            "{path}:{line}: {pattern} is signed as {domain} there; here {here}",
            LANGUAGE_THEIRS("path", sceau_slice_from(in->c.options->signing_table)),
            LANGUAGE_OURS("line", DECIMAL(row->line)),
            LANGUAGE_THEIRS("pattern", row->pattern),
            LANGUAGE_THEIRS("domain", found->domain),
            LANGUAGE_OURS(
                "here",
                sceau_slice_from(language_text(
                    in->c.env.language,
                    is_below
                        ? N_("[sign \"DOMAIN\"] subdomains = yes does that")
                        : N_("a message is signed as its author's domain: sceau key add")))));
        note_status(in, CLI_EXIT_WARNING);
    }
}

/* ---- files ---- */

static void
tell_place(struct import *in, const char *path, struct sceau_slice text,
           const struct sceau_diag *diag)
{
    size_t line = 1;
    for (size_t i = 0; i < diag->offset && i < text.len; i++)
        line += text.ptr[i] == '\n';
    COMPLAIN(in->c.env.language, "{path}:{line}: expected {what}",
             LANGUAGE_THEIRS("path", sceau_slice_from(path)),
             LANGUAGE_OURS("line", DECIMAL(line)),
             LANGUAGE_OURS("what", sceau_slice_from(language_text(in->c.env.language,
                                                                  diag->expected))));
    note_status(in, CLI_EXIT_INPUT);
}

static void
import_pem(struct import *in, struct sceau_slice text)
{
    const struct key_command *c = &in->c;
    const struct keys_found found = {.domain = c->domain_count > 0 ? c->domains[0]
                                                                   : SLICE_NONE,
                                     .selector = c->selector,
                                     .line = 1};
    if (c->domain_count == 1 && c->selector.len > 0) {
        import_key(in, found.domain, &found, text);
        return;
    }
    COMPLAIN(in->c.env.language, "{path}: whose key is it? -d DOMAIN -s SELECTOR",
             LANGUAGE_THEIRS("path", sceau_slice_from(in->path)));
    note_status(in, CLI_EXIT_USAGE);
}

static void
import_list(struct import *in, struct sceau_slice text, bool is_table)
{
    struct keys_found_list list;
    struct sceau_diag diag;
    enum sceau_status status =
        is_table ? keys_import_table(in->c.env.arena, text, &list, &diag)
                 : keys_import_blocks(in->c.env.arena, text, &list, &diag);
    if (status == SCEAU_E_SYNTAX)
        tell_place(in, in->path, text, &diag);
    for (size_t i = 0; status == SCEAU_OK && i < list.count; i++) {
        const struct keys_found *found = &list.items[i];
        if (!is_table)
            import_key(in, found->domain, found, found->key);
        else if (slice_eq(found->domain, SCEAU_SLICE("%")))
            import_each_sender(in, found);
        else
            import_row(in, found->domain, found);
        if (is_table)
            compare_signing(in, found);
    }
}

static void
import_text(struct import *in, struct sceau_slice text)
{
    switch (keys_text_kind(text)) {
    case KEYS_TEXT_PEM: import_pem(in, text); return;
    case KEYS_TEXT_BLOCKS: import_list(in, text, false); return;
    case KEYS_TEXT_TABLE: import_list(in, text, true); return;
    }
}

static void
read_signing_table(struct import *in, struct spool *file)
{
    const char *path = in->c.options->signing_table;
    struct sceau_diag diag;
    if (path == NULL)
        return;
    if (!spool_read(file, in->c.env.language, path, TEXT_FILE_MAX)) {
        complain_of(&file->problem);
        note_status(in, CLI_EXIT_INPUT);
    } else if (keys_import_signing(in->c.env.arena, file->octets, &in->signing,
                                   &diag) == SCEAU_E_SYNTAX) {
        tell_place(in, path, file->octets, &diag);
    }
}

int
key_import_run(const struct cli_call *call)
{
    struct import in = {0};
    struct spool signing = {0};
    struct cli_call files = *call;
    files.operands.count = 0; /* these are no domains */
    in.status = key_open_with_domains(&in.c, &files, true);
    if (in.status == 0) {
        key_make_state_folder(&in.c);
        read_signing_table(&in, &signing);
    }
    for (size_t i = 0; in.status != CLI_EXIT_USAGE && in.c.domains != NULL &&
                       i < call->operands.count;
         i++) {
        struct spool file;
        in.path = call->operands.items[i];
        if (spool_read(&file, in.c.env.language, in.path, TEXT_FILE_MAX)) {
            import_text(&in, file.octets);
            spool_wipe(&file);
        } else {
            complain_of(&file.problem);
            note_status(&in, CLI_EXIT_INPUT);
        }
    }
    spool_free(&signing);
    key_close(&in.c);
    return in.status;
}
