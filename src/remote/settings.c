/* Slices of the configuration become the texts that libcurl and open() take. */
#include "settings.h"

/* The limit of one mail is that of the reader of reports. */
#include "report/report.h"

bool
remote_imap_options(const struct sceau_config *config, struct sceau_arena *arena,
                    struct imap_options *o)
{
    const struct config_intake *intake = &config->intake;
    *o = (struct imap_options){
        .is_plain = intake->imap_plain,
        .batch = (unsigned)intake->imap_batch,
        .patience = (unsigned)intake->imap_timeout,
        .mail_max = REPORT_MAIL_MAX,
    };
    const struct {
        const char **text;
        struct sceau_slice value;
    } texts[] = {
        {&o->url,            intake->imap_url           },
        {&o->user,           intake->imap_user          },
        {&o->password_file,  intake->imap_password_file },
        {&o->token_command,  intake->imap_token_command },
        {&o->folder,         intake->imap_folder        },
        {&o->done_folder,    intake->imap_done_folder   },
        {&o->refused_folder, intake->imap_refused_folder},
        {&o->trust_file,     intake->imap_trust_file    },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *copy = sceau_arena_alloc(arena, texts[i].value.len + 1);
        if (copy == NULL)
            return false;
        if (texts[i].value.len > 0)
            memcpy(copy, texts[i].value.ptr, texts[i].value.len);
        *texts[i].text = copy;
    }
    return intake->imap_url.len > 0;
}
