/* What ends a run, in sentences with what to do about it. */
#include "imap.h"
#include "transfer.h"

static const char *const sentences[IMAP_ENDS] = {
    [IMAP_END_FINE] = N_("{host}: all is fetched"),
    [IMAP_END_SETTINGS] = N_("the mailbox cannot be fetched: {words}"),
    [IMAP_END_SECRET] = N_("no way to log in to {host}: {words}"),
    [IMAP_END_NO_HOST] =
        N_("there is no host {host}: look at intake.imap_url, or at DNS on this host"),
    [IMAP_END_REFUSED] =
        N_("{host} refuses the connection: is the IMAP server running, and is the port "
           "in intake.imap_url right (993 for imaps, 143 for imap)?"),
    [IMAP_END_UNREACHABLE] =
        N_("{host} is not reachable: look at the network and at firewalls ({words})"),
    [IMAP_END_TIMEOUT] = N_("{host} does not answer in time: it is tried again later"),
    [IMAP_END_CERTIFICATE] =
        N_("the certificate of {host} is not valid ({words}): name the host as its "
           "certificate does, or its authority in intake.imap_trust_file"),
    [IMAP_END_TRUST_FILE] =
        N_("intake.imap_trust_file cannot be read, or holds no certificate ({words})"),
    [IMAP_END_NO_TLS] = N_(
        "{host} offers no STARTTLS, and nothing is sent in the clear: use imaps:// in "
        "intake.imap_url"),
    [IMAP_END_LOGIN] = N_(
        "{host} does not let {user} in ({words}): look at intake.imap_user and at the "
        "password file or token command"),
    [IMAP_END_NO_FOLDER] = N_(
        "{host} has no folder {folder} for {user} ({words}): set intake.imap_folder"),
    [IMAP_END_NO_TARGET] =
        N_("mail cannot be moved to {folder} on {host} ({words}): make that folder, or "
           "set intake.imap_done_folder and intake.imap_refused_folder"),
    [IMAP_END_BROKEN] =
        N_("{host} does not speak IMAP as it should ({words}): is the port in "
           "intake.imap_url that of an IMAP server?"),
    [IMAP_END_CLOSED] =
        N_("{host} closed the connection ({words}): it is tried again later"),
    [IMAP_END_SAID_NO] = N_("{host} declined a command: {words}"),
    [IMAP_END_NOT_COMMITTED] =
        N_("what came from {host} could not be stored: the mail stays where it is"),
    [IMAP_END_STOPPED] =
        N_("fetching from {host} was stopped: the rest comes with the next run"),
    [IMAP_END_SYSTEM] = N_("trouble of this host: {words}"),
};

struct sceau_slice
imap_sentence(struct sceau_arena *arena, enum language language,
              const struct imap_options *options, const struct imap_result *result)
{
    struct sceau_slice host = transfer_host(options->url);
    struct problem said = {.language = language};
    problem_retell(&said, result->words);
    const struct language_word words[] = {
        LANGUAGE_THEIRS("host", host),
        LANGUAGE_THEIRS("user", sceau_slice_from(options->user)),
        LANGUAGE_THEIRS("folder", sceau_slice_from(result->folder)),
        OURS("words", said.text),
    };
    return language_sentence(arena, language, sentences[result->end], words,
                             sizeof words / sizeof *words);
}
