/* Slices of the configuration become the texts that libcurl and open() take. */
#include "settings.h"

/* The limit of one mail is that of the reader of reports. */
#include "report/report.h"

static struct config_mailbox
mailbox_of_intake(const struct config_intake *intake)
{
    return (struct config_mailbox){
        .url = intake->imap_url,
        .user = intake->imap_user,
        .password_file = intake->imap_password_file,
        .token_command = intake->imap_token_command,
        .folder = intake->imap_folder,
        .done_folder = intake->imap_done_folder,
        .refused_folder = intake->imap_refused_folder,
        .trust_file = intake->imap_trust_file,
        .plain = intake->imap_plain,
        .batch = intake->imap_batch,
        .timeout = intake->imap_timeout,
    };
}

size_t
remote_imap_count(const struct sceau_config *config)
{
    return 1 + config->mailbox_count;
}

bool
remote_imap_options(const struct sceau_config *config, size_t n,
                    struct sceau_arena *arena, struct imap_options *o)
{
    const struct config_mailbox box =
        n == 0 ? mailbox_of_intake(&config->intake) : config->mailboxes[n - 1];
    *o = (struct imap_options){
        .is_plain = box.plain,
        .batch = (unsigned)box.batch,
        .patience = (unsigned)box.timeout,
        .mail_max = REPORT_MAIL_MAX,
    };
    const struct {
        const char **text;
        struct sceau_slice value;
    } texts[] = {
        {&o->url,            box.url           },
        {&o->user,           box.user          },
        {&o->password_file,  box.password_file },
        {&o->token_command,  box.token_command },
        {&o->folder,         box.folder        },
        {&o->done_folder,    box.done_folder   },
        {&o->refused_folder, box.refused_folder},
        {&o->trust_file,     box.trust_file    },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *copy = sceau_arena_alloc(arena, texts[i].value.len + 1);
        if (copy == NULL)
            return false;
        if (texts[i].value.len > 0)
            memcpy(copy, texts[i].value.ptr, texts[i].value.len);
        *texts[i].text = copy;
    }
    return box.url.len > 0;
}
