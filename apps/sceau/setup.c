/* `sceau setup DOMAIN`: find, ask, write, show what is left. Run again it asks nothing that
 * is written already, and changes nothing that is as it should be. `--undo` takes all of it
 * back. */
#include "setup.h"

#include "core/domain.h"
#include "core/text.h"
#include "key_place.h"
#include "zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANSWER_MAX 4096

void
setup_say(struct setup *s, const char *english, const struct language_word *words,
          size_t count)
{
    if (!s->call.globals.json)
        print_line(stdout, language_sentence(s->env.arena, s->env.language, english,
                                             words, count));
}

void
setup_print(struct setup *s, struct sceau_slice text)
{
    if (!s->call.globals.json)
        print_line(stdout, text);
}

/* ---- questions --------------------------------------------------------------------------- */

/* An answer, or what stands in brackets when it is empty. "-" stands for nothing. False
 * at the end of input. */
static bool
ask(struct setup *s, unsigned number, const char *question, struct sceau_slice *value)
{
    char line[ANSWER_MAX];
    printf("%u/6 %s [%.*s]: ", number, language_text(s->env.language, question),
           SLICE_ARG(*value));
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) {
        putchar('\n');
        return false;
    }
    struct sceau_slice answer = slice_trim(sceau_slice_from(line));
    if (answer.len > 0)
        *value = slice_eq(answer, SCEAU_SLICE("-")) ? SCEAU_SLICE("")
                                                    : slice_copy(s->env.arena, answer);
    return true;
}

static bool
ask_all(struct setup *s)
{
    const struct setup_options *o = s->options;
    struct {
        const char *question;
        struct sceau_slice *value;
        bool is_given;
    } questions[] = {
        {N_("Mail servers, as NAME=ADDRESS,ADDRESS"),                        &s->servers,
         o->servers.count > 0                                                                             },
        {N_("Names below the domain that send, as NAME=ADDRESS"),            &s->senders,
         o->senders.count > 0                                                                             },
        {N_("What receivers do with forgeries: none, quarantine or reject"), &s->policy,
         o->policy != NULL                                                                                },
        {N_("Where reports go"),                                             &s->rua,       o->rua != NULL},
        {N_("The zone's file, or none to print the records"),                &s->zone_file,
         o->zone != NULL                                                                                  },
    };
    for (unsigned i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (!questions[i].is_given &&
            !ask(s, i + 1, questions[i].question, questions[i].value))
            return false;
    }
    return true;
}

/* The last question. Its words are the same in both languages but for their letters. */
static bool
is_agreed(struct setup *s)
{
    struct sceau_slice answer = SCEAU_SLICE("n");
    return ask(s, 6, N_("Write it? y or n"), &answer) && answer.len > 0 &&
           strchr("yYoO", answer.ptr[0]) != NULL;
}

/* ---- the way back ------------------------------------------------------------------------- */

static void
tell_undone(void *self, enum setup_undone what, const char *path, const char *detail)
{
    struct setup *s = self;
    static const char *const sentences[] = {
        [SETUP_RESTORED] = N_("as it was: {path}"),
        [SETUP_REMOVED] = N_("removed: {path}"),
        [SETUP_KEPT] = N_("as it was: {path}; what was changed since is in {copy}"),
        [SETUP_STAYS] = N_("stays, others use it: {path}"),
        [SETUP_FAILED] = N_("not taken back: {copy}"),
    };
    SETUP_SAY(s, sentences[what], THEIRS("path", path),
              (struct language_word){"copy", sceau_slice_from(detail),
                                     what == SETUP_FAILED}); /* a sentence by then */
}

static int
undo(struct setup *s)
{
    int failures = setup_undo(s->folder, s->env.language, tell_undone, s);
    if (failures < 0)
        setup_say(s, N_("There is nothing to take back."), NULL, 0);
    return failures > 0 ? CLI_EXIT_PROBLEM : 0;
}

/* ---- the command --------------------------------------------------------------------------- */

static void
tell_zone(struct setup *s)
{
    bool has_file =
        s->zone_file.len > 0 && !slice_eq(s->zone_file, SCEAU_SLICE("none"));
    if (!has_file && s->zone.kind == NAMED_DYNAMIC)
        SETUP_SAY(s, N_("The zone takes updates: sceau zone push {domain}"),
                  LANGUAGE_THEIRS("domain", s->domain));
    else if (!has_file)
        SETUP_SAY(s, N_("The records to publish: sceau zone show {domain}"),
                  LANGUAGE_THEIRS("domain", s->domain));
    else
        SETUP_SAY(s, N_("The records into the zone: sceau zone apply {path}"),
                  LANGUAGE_THEIRS("path", s->zone_file));
}

static int
write_all(struct setup *s)
{
    if (!s->options->dry_run && mkdir(s->state, 0755) != 0 && errno != EEXIST) {
        complain_errno(s->env.language, s->state, errno);
        return CLI_EXIT_TEMPORARY;
    }
    int status = setup_write_config(s);
    if (status == 0)
        status = setup_write_keys(s);
    return status == 0 ? setup_write_mta(s) : status;
}

static bool
has_next_key(struct setup *s)
{
    struct keys_place keys;
    struct keys_domain domain;
    struct problem problem = {0};
    bool has_one = false;
    if (!environment_keys(&s->env, s->state, &keys) ||
        keys_read(&keys, s->env.arena, s->domain, &domain, &problem) != SCEAU_OK)
        return false;
    for (size_t i = 0; i < domain.count; i++)
        has_one |= domain.keys[i].state == KEYS_NEXT;
    return has_one;
}

static int
show(struct setup *s)
{
    struct records_set set;
    s->env.config.milter.state = sceau_slice_from(s->state);
    size_t index = 0;
    char domain[256];
    snprintf(domain, sizeof domain, "%.*s", SLICE_ARG(s->domain));
    int status = zone_find_domain(&s->env, domain, &index);
    if (status == 0)
        status = zone_make_records(&s->env, index, &set);
    if (status != 0)
        return status;
    tell_zone(s);
    status = setup_show_steps(s, &set);
    if (has_next_key(s))
        SETUP_SAY(s,
                  N_("Keys sign once every server has their records: sceau key rotate "
                     "{domain}"),
                  LANGUAGE_THEIRS("domain", s->domain));
    return status;
}

static bool
find_described(struct setup *s)
{
    s->is_described = setup_described(s) != NULL;
    return s->is_described;
}

/* Options that would change what stands there do not: it is for a person to edit. */
static void
tell_described(struct setup *s)
{
    const struct setup_options *o = s->options;
    if (o->servers.count + o->gateways.count + o->senders.count > 0 ||
        o->policy != NULL || o->rua != NULL)
        SETUP_SAY(
            s,
            N_("{domain} is described in {path} already: change servers, senders, "
               "policy and rua there."),
            LANGUAGE_THEIRS("domain", s->domain),
            LANGUAGE_THEIRS("path", sceau_slice_from(s->config_file)));
}

static int
set_up(struct setup *s)
{
    const struct setup_options *o = s->options;
    if (s->call.operands.count == 0 ||
        !domain_normal(s->env.arena, sceau_slice_from(s->call.operands.items[0]),
                       &s->domain)) {
        complain_text(s->env.language,
                      "setup needs the domain to set up, as example.org");
        return CLI_EXIT_USAGE;
    }
    setup_find(s);
    bool asks = !o->yes && !o->dry_run && !s->call.globals.json;
    if (!find_described(s) && asks && (!ask_all(s) || !is_agreed(s))) {
        setup_say(s, N_("Nothing was changed."), NULL, 0);
        return CLI_EXIT_USAGE;
    }
    if (s->is_described)
        tell_described(s);
    int status = write_all(s);
    return status == 0 ? show(s) : status;
}

/* Undo may be asked for from elsewhere: paths are remembered from the root. */
void
setup_absolute(const char *path, char absolute[PATH_MAX])
{
    char folder[PATH_MAX];
    if (path[0] == '/' || getcwd(folder, sizeof folder) == NULL)
        snprintf(absolute, PATH_MAX, "%s", path);
    else
        snprintf(absolute, PATH_MAX, "%.2000s/%.2000s", folder, path);
}

/* --config names the file that will be written: it need not be there. */
static void
place(struct setup *s)
{
    setup_absolute(s->call.globals.config != NULL ? s->call.globals.config
                                                  : CONFIG_PLACE,
                   s->config_file);
    if (access(s->config_file, F_OK) != 0 && errno == ENOENT)
        s->call.globals.config = "/dev/null";
}

int
setup_run(const struct cli_call *call)
{
    static struct setup s; /* large for a stack */
    s = (struct setup){.options = call->options, .call = *call};
    char state[PATH_MAX], folder[PATH_MAX];
    place(&s);
    int status = environment_open(&s.env, &s.call);
    if (status == 0) {
        snprintf(state, sizeof state, "%.*s", SLICE_ARG(s.env.config.milter.state));
        setup_absolute(s.options->state != NULL ? s.options->state : state, s.state);
        s.env.config.milter.state = sceau_slice_from(s.state);
        snprintf(folder, sizeof folder, "%.4000s/setup", s.state);
        memcpy(s.folder, folder, sizeof folder);
        if (s.call.globals.json)
            s.env.language = LANGUAGE_EN;
        status = s.options->undo ? undo(&s) : set_up(&s);
    }
    environment_close(&s.env);
    return status;
}
