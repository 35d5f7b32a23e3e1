/* localconfig.xml, main.cf and master.cf of a Zimbra host, read as text. */
#include "zimbra.h"

#include "touched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file below the place; NULL when it is not there. */
static char *
read_below(const struct zimbra *z, const char *name)
{
    char path[PATH_MAX + 64], *text;
    struct problem problem = {0};
    size_t len;
    snprintf(path, sizeof path, "%s/%s", z->place, name);
    return setup_read(path, &text, &len, &problem) ? text : NULL;
}

/* Zimbra 8.7 moved its Postfix from postfix/ to common/. */
static char *
read_postfix(const struct zimbra *z, const char *name)
{
    static const char *const folders[] = {"common/conf", "postfix/conf"};
    char *text = NULL;
    for (size_t i = 0; text == NULL && i < sizeof folders / sizeof *folders; i++) {
        char below[64];
        snprintf(below, sizeof below, "%s/%s", folders[i], name);
        text = read_below(z, below);
    }
    return text;
}

/* The value of <key name="NAME"><value>VALUE</value>. */
static void
take_key(const char *xml, const char *name, char *value, size_t size)
{
    char key[128];
    snprintf(key, sizeof key, "<key name=\"%s\">", name);
    const char *at = strstr(xml, key);
    at = at != NULL ? strstr(at, "<value>") : NULL;
    if (at == NULL)
        return;
    at += strlen("<value>");
    size_t len = strcspn(at, "<\n");
    snprintf(value, size, "%.*s", len < size ? (int)len : 0, at);
}

/* A parameter of main.cf: the last setting counts, lines that begin with a blank go on. */
static void
take_parameter(const char *main_cf, const char *name, char *value, size_t size)
{
    size_t name_len = strlen(name);
    for (const char *line = main_cf; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        const char *at = line + name_len;
        if (strncmp(line, name, name_len) == 0 && strchr(" \t=", *at) != NULL) {
            size_t used = 0;
            value[0] = '\0';
            at += strspn(at, " \t");
            at += *at == '=';
            do {
                at += strspn(at, " \t");
                len = strcspn(at, "\n");
                if (used + len + 2 < size)
                    used += (size_t)snprintf(value + used, size - used, "%s%.*s",
                                             used > 0 ? " " : "", (int)len, at);
                at += len;
                at += *at == '\n';
            } while (*at == ' ' || *at == '\t');
            line = at;
            continue;
        }
        line += len;
        line += *line == '\n';
    }
}

void
zimbra_read(const char *place, struct zimbra *z)
{
    struct stat info;
    *z = (struct zimbra){.is_here = false};
    snprintf(z->place, sizeof z->place, "%s", place != NULL ? place : ZIMBRA_PLACE);
    z->is_here = stat(z->place, &info) == 0 && S_ISDIR(info.st_mode);
    char *local = read_below(z, "conf/localconfig.xml");
    char *main_cf = read_postfix(z, "main.cf"),
         *master_cf = read_postfix(z, "master.cf");
    if (local != NULL)
        take_key(local, "zimbra_server_hostname", z->hostname, sizeof z->hostname);
    z->has_main_cf = main_cf != NULL;
    if (main_cf != NULL) {
        take_parameter(main_cf, "smtpd_milters", z->smtpd_milters,
                       sizeof z->smtpd_milters);
        take_parameter(main_cf, "non_smtpd_milters", z->local_milters,
                       sizeof z->local_milters);
        take_parameter(main_cf, "mynetworks", z->networks, sizeof z->networks);
    }
    /* The smtpd behind amavis hands mail to OpenDKIM's port. */
    z->signs_itself =
        master_cf != NULL && (strstr(master_cf, "inet:localhost:8465") != NULL ||
                              strstr(master_cf, "inet:127.0.0.1:8465") != NULL);
    free(local);
    free(main_cf);
    free(master_cf);
}

bool
zimbra_has(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += len) {
        bool begins = at == list || strchr(" ,\t", at[-1]) != NULL;
        if (begins && (at[len] == '\0' || strchr(" ,\t", at[len]) != NULL))
            return true;
    }
    return false;
}
