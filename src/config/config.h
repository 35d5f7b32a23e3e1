/* /etc/sceau/sceau.conf as typed values: text in, a struct or a list of problems out.
 *
 *     key = value                  # under [section] or [section "name"]
 *
 * What options there are stands in table.c and nowhere else. No input or output here. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "sceau/dmarc.h"

#include "core/ip.h"
#include "language/language.h"
#include "message/redact.h"
#include "policy/policy.h"
#include "policy/signing.h"

#define CONFIG_TEXT_MAX     ((size_t)1024 * 1024) /* octets of a file */
#define CONFIG_PROBLEMS_MAX 50                    /* told; reading stops there */
#define CONFIG_SECTIONS_MAX 10000                 /* named sections */
#define CONFIG_ITEMS_MAX    10000                 /* of one list */

#define CONFIG_TRUST_ANCHOR "/usr/share/dns/root.key" /* Debian: dns-root-data */

struct config_words {
    const struct sceau_slice *items;
    size_t count;
};

struct config_networks {
    const struct ip_network *items;
    size_t count;
};

struct config_server {
    struct sceau_ip address;
    uint16_t port;
};

struct config_servers {
    const struct config_server *items;
    size_t count;
};

/* A name as it is written in a zone: "mail" (below the domain), "mx.example.net." or "@".
 * Lower case, A-labels. */
struct config_host {
    struct sceau_slice name;
    const struct ip_network *addresses;
    size_t count;
};

struct config_hosts {
    const struct config_host *items;
    size_t count;
};

struct config_mx {
    struct sceau_slice name; /* as above */
    uint16_t preference;
};

struct config_mxs {
    const struct config_mx *items;
    size_t count;
};

struct config_milter {
    struct sceau_slice authserv_id; /* empty: the MTA's {j}, or this host's name */
    struct config_words listen;
    uint64_t connections_max;
    uint64_t timeout;                      /* seconds */
    struct config_networks tcp_sign_peers; /* who may sign over TCP */
    struct sceau_slice user;               /* empty: stay who we are */
    struct sceau_slice state;              /* folder */
    bool shadow;                           /* tell, and change nothing */
    struct sceau_slice shadow_authserv_id; /* empty: as authserv_id */
};

struct config_policy {
    enum policy_mode mode;
    enum policy_invalid_from invalid_from;
    enum policy_quarantine quarantine;
    enum policy_on_temperror on_temperror;
    uint64_t temperror_tries;
    bool exempt_authenticated;
    bool exempt_local_socket;
    struct config_networks trusted_networks;
    struct config_words exempt_senders;
    struct config_words exempt_recipients;
    struct config_networks exempt_networks;
    struct config_words exempt_dkim;
    bool refuse_spf_fail;
    struct config_words own_domains;
    bool refuse_own_domains;
    struct config_words private_fields;
    struct sceau_slice fail_field;
    struct sceau_slice suspect_field; /* empty: none */
    struct sceau_slice suspect_value;
    struct sceau_slice url; /* empty: none */
};

enum config_on_error {
    CONFIG_ON_ERROR_ACCEPT,
    CONFIG_ON_ERROR_TEMPFAIL,
};

enum config_privacy {
    CONFIG_PRIVACY_DROP,
    CONFIG_PRIVACY_HASH,
    CONFIG_PRIVACY_PLAIN,
};

struct config_journal {
    enum config_on_error on_error;
    enum config_privacy privacy; /* of the sender's local part */
    uint64_t limit;              /* octets that wait; 0: none */
};

enum config_log_format {
    CONFIG_LOG_TEXT,
    CONFIG_LOG_JSON,
};

struct config_log {
    enum config_log_format format;
};

struct config_store {
    struct sceau_slice url, password_file;
    uint64_t keep_rows, keep_totals, keep_failures, keep_journal; /* seconds */
};

struct config_dmarc {
    enum sceau_dmarc_discovery discovery;
    struct sceau_slice psl_file;
};

struct config_dns {
    struct config_servers resolver; /* none: the system's */
    bool recursion;                 /* ask the root and down, nobody's resolver */
    uint64_t cache_size;            /* octets */
    uint64_t down_after;            /* time-outs in a row */
};

struct config_verify {
    struct sceau_slice receiver; /* %{r} of SPF; empty: this host's name */
    bool iprev;
};

struct config_check {
    struct config_networks own_addresses; /* where the relay test may go */
    struct config_words blocklists;       /* zones of DNSBLs */
    struct config_words machine_domains;  /* no people write from them */
    struct config_words parked_domains;   /* no mail at all */
    bool allow_private;                   /* probes may go to any address */
    uint64_t smtp_port, dns_port, https_port;
    struct sceau_slice trust_file;       /* PEM; empty: the system's */
    struct sceau_slice network_database; /* MaxMind DB */
    struct sceau_slice country_database; /* the same */
    struct sceau_slice trust_anchor;     /* of DNSSEC: CONFIG_TRUST_ANCHOR */
    bool mta_sts;                        /* policy files are read once a day */
};

struct config_keys {
    uint64_t grace;    /* seconds that the record of a retired key stays */
    uint64_t lifetime; /* seconds; 0: keys are renewed on command */
    bool evidence;     /* it stays as well while mail still uses it */
    struct sceau_slice passphrase_file; /* empty: keys lie in clear */
};

struct config_doctor {
    uint64_t disk_least; /* octets */
};

struct config_sign {
    enum policy_owner_check owner_check;
    struct config_networks networks;
    struct config_words network_domains;
    struct config_words local_domains;
    struct config_words login_domains;
    struct sceau_slice login_map; /* a file; empty: none */
    enum policy_algorithms algorithms;
    enum policy_canonicalization canonicalization;
    struct config_words headers; /* none: the library's choice */
    uint64_t expire;             /* seconds; 0: none */
    enum policy_long_lines long_lines;
    enum policy_sign_error on_error;
    struct sceau_slice arc_domain; /* empty: nothing is sealed */
    struct config_words arc_recipients;
};

/* [sign "example.org"]. Choices begin with "inherit", as [sign] has it. */
struct config_sign_domain {
    struct sceau_slice domain; /* A-labels, lower case */
    bool subdomains;
    struct config_networks networks;
    struct config_words selectors;
    unsigned algorithms;       /* 0, or an enum policy_algorithms and one */
    unsigned canonicalization; /* the same */
    struct config_words headers;
    bool identity;
};

/* [list "dev@example.org"] */
struct config_list {
    struct sceau_slice address; /* its domain as A-labels, lower case */
    enum policy_rewrite_from rewrite_from;
    bool refuse_restrictive;
    struct sceau_slice name; /* for people; empty: the local part */
};

/* [mailbox "second"]: what [intake] says of one with imap_ in front */
struct config_mailbox {
    struct sceau_slice name;
    struct sceau_slice url, user, password_file, token_command;
    struct sceau_slice folder, done_folder, refused_folder, trust_file;
    bool plain;
    uint64_t batch, timeout;
};

/* [sealer "lists.example.org"] */
struct config_sealer {
    struct sceau_slice domain; /* A-labels, lower case */
    int64_t until;             /* seconds since the epoch, UTC; INT64_MAX: no end */
    struct config_words recipients; /* none: all */
};

/* [forwarder "example.edu"] */
struct config_forwarder {
    struct sceau_slice domain;       /* A-labels, lower case */
    int64_t until;                   /* as above */
    struct config_networks networks; /* none: all */
    struct config_words recipients;  /* none: all */
};

/* What is not named is not fetched. Texts of src/remote. */
enum config_unauthenticated {
    CONFIG_UNAUTHENTICATED_APART,
    CONFIG_UNAUTHENTICATED_COUNT,
};

struct config_intake {
    struct config_words folders; /* beside STATE/incoming */
    enum config_unauthenticated unauthenticated;
    struct sceau_slice imap_url, imap_user, imap_password_file, imap_token_command;
    struct sceau_slice imap_folder, imap_done_folder, imap_refused_folder;
    struct sceau_slice imap_trust_file; /* PEM; empty: the system's */
    bool imap_plain;                    /* TLS is not asked for */
    uint64_t imap_batch;                /* mails between two commits */
    uint64_t imap_timeout;              /* seconds of silence */
};

enum config_language {
    CONFIG_LANGUAGE_EN,
    CONFIG_LANGUAGE_FR,
};

/* Texts and choices of src/alert and src/remote. */
struct config_alert {
    struct config_words mail_to; /* addresses; none: no mail */
    struct sceau_slice mail_from, smtp;
    unsigned smtp_security; /* enum smtp_security */
    struct sceau_slice smtp_user, smtp_password_file;
    struct sceau_slice trust_file; /* PEM; empty: the system's */
    struct sceau_slice webhook, webhook_token_file;
    bool webhook_private;
    struct sceau_slice command;
    uint64_t command_timeout; /* seconds */
    enum config_language language;
    unsigned digest; /* enum alert_digest */
    uint64_t digest_hour;
    struct config_words at_once, without; /* words of findings */
    bool certificates;                    /* of mail hosts are looked at */
    uint64_t journal;                     /* seconds that it may wait; 0: for ever */
};

enum config_spf_end {
    CONFIG_SPF_SOFTFAIL,
    CONFIG_SPF_FAIL,
};

/* What a DMARC record asks for; `same`: the tag is left out. */
enum config_request {
    CONFIG_REQUEST_SAME,
    CONFIG_REQUEST_NONE,
    CONFIG_REQUEST_QUARANTINE,
    CONFIG_REQUEST_REJECT,
};

enum config_alignment {
    CONFIG_ALIGNMENT_STRICT,
    CONFIG_ALIGNMENT_RELAXED,
};

/* [domain "example.org"] */
struct config_domain {
    struct sceau_slice domain;    /* A-labels, lower case */
    struct config_hosts servers;  /* mailboxes; they send */
    struct config_hosts gateways; /* relays: they receive, and send */
    struct config_hosts senders;  /* names that send through a server */
    struct config_words aliases;  /* of the first server; names as struct config_host */
    struct config_mxs mx;         /* none: the gateways, else the servers */
    struct sceau_slice spf;       /* further terms */
    enum config_spf_end spf_all;
    enum config_request policy, subdomain_policy, nonexistent_policy, sender_policy;
    bool testing;
    enum config_alignment alignment;
    struct config_words rua, ruf;    /* addresses */
    struct config_words reports_for; /* domains whose reports come to an address here */
    uint64_t host_ttl, policy_ttl;   /* seconds */
    struct sceau_slice relay;        /* of the sending names; empty: the first server */
    struct sceau_slice zone;         /* A-labels; empty: the domain itself */
    struct config_servers primary; /* where updates go; none: the zone's own primary */
    struct sceau_slice tsig_file;  /* empty: updates are not signed */
    struct sceau_slice rndc;       /* a command */
};

/* Where the dashboard listens, and who sees what (DESIGN.md section 11). */
struct config_web {
    struct sceau_slice listen; /* ADDRESS:PORT, or unix:PATH */
    struct config_words hosts; /* of Host, lower case, without a port */
    struct config_networks trusted_proxy;
    struct sceau_slice user_field; /* in which that proxy names the user; empty: none */
    struct config_words administrators; /* users of that proxy */
    struct config_words readers;        /* "name=domain,domain" */
    uint64_t session;                   /* seconds */
    struct sceau_slice url;             /* as links in mail have it; empty: loopback */
    struct sceau_slice user;            /* empty: stay who we are */
};

/* Reports that we send. Texts and choices of src/outbox and src/remote. */
struct config_report {
    struct sceau_slice organisation, from, contact;
    struct sceau_slice domain;      /* who reports; empty: this host */
    struct sceau_slice return_path; /* empty: as from */
    bool send;                      /* else they are only built */
    bool pacing, hide_reserved, bulk;
    struct sceau_slice smtp;
    unsigned smtp_security; /* enum smtp_security */
    struct sceau_slice smtp_user, smtp_password_file;
    struct sceau_slice trust_file;                 /* PEM; empty: the system's */
    uint64_t smtp_patience;                        /* seconds */
    struct config_words never, accepting, rfc7489; /* addresses and domains */
    uint64_t host_reports;
    bool refused_too;
    struct sceau_slice sending_host; /* empty: that of smtp, or this one */
};

/* What of a failed message is told. */
enum config_original {
    CONFIG_ORIGINAL_HEADER,
    CONFIG_ORIGINAL_MESSAGE,
};

/* Failure reports (RFC 9991). */
struct config_failure {
    bool send;
    enum redact_level redact;
    enum config_original original;
    bool canonicalized_header, canonicalized_body;
};

struct config_instance;

struct sceau_config {
    struct config_milter milter;
    struct config_journal journal;
    struct config_log log;
    struct config_policy policy;
    struct config_dmarc dmarc;
    struct config_dns dns;
    struct config_verify verify;
    struct config_check check;
    struct config_keys keys;
    struct config_doctor doctor;
    struct config_intake intake;
    struct config_alert alert;
    struct config_sign sign;
    struct config_store store;
    struct config_report report;
    struct config_failure failure;
    struct config_web web;
    const struct config_sign_domain *sign_domains; /* in the order of the file */
    size_t sign_domain_count;
    const struct config_list *lists; /* in the order of the file */
    size_t list_count;
    const struct config_sealer *sealers;
    size_t sealer_count;
    const struct config_forwarder *forwarders;
    size_t forwarder_count;
    const struct config_domain *domains;
    size_t domain_count;
    const struct config_mailbox *mailboxes; /* besides that of [intake] */
    size_t mailbox_count;
    const struct config_instance *instances; /* where each value came from */
};

/* A file that was read elsewhere. */
struct config_source {
    struct sceau_slice name; /* for messages: "/etc/sceau/sceau.conf" */
    struct sceau_slice text;
};

/* What is wrong, where, and what to write instead. */
struct config_problem {
    struct sceau_slice source; /* the file's name, or "--set" */
    size_t line;               /* from 1; 0 for --set */
    size_t column;             /* octets, from 1 */
    struct sceau_slice text;   /* for a person, without a line end */
};

/* Read the configuration: --set beats the file, the file beats the defaults.
 *
 * arena     owns everything; texts and names are borrowed by it as well
 * language  of the problems
 * file      NULL: there is none
 * sets      "section.key=value", or "section.name.key=value"; each beats those before
 * config    filled in; on SCEAU_E_SYNTAX with what could be understood
 * problems  in the order they were met
 *
 * Returns SCEAU_OK; SCEAU_E_SYNTAX with at least one problem; SCEAU_E_LIMIT when the
 * arena is full. Linear in the texts, but for the names of sections: quadratic. */
enum sceau_status config_load(struct sceau_arena *arena, enum language language,
                              const struct config_source *file, const char *const *sets,
                              size_t set_count, struct sceau_config *config,
                              const struct config_problem **problems,
                              size_t *problem_count);

/* "FILE:LINE:COLUMN: text", without a line end. */
struct sceau_slice config_problem_line(struct sceau_arena *arena,
                                       const struct config_problem *problem);

/* ---- what stands, and what could stand ------------------------------------------ */

enum config_layer {
    CONFIG_DEFAULT,
    CONFIG_FILE,
    CONFIG_SET,
};

/* One value in force. */
struct config_setting {
    const char *section;
    struct sceau_slice name; /* of [section "name"]; empty for [section] */
    const char *key;
    struct sceau_slice value; /* as it may stand in the file */
    enum config_layer layer;
    size_t line; /* of CONFIG_FILE */
};

/* All values in force, in the table's order. NULL when the arena is full. */
const struct config_setting *config_settings(struct sceau_arena *arena,
                                             const struct sceau_config *config,
                                             size_t *count);

/* `config show`: the same as a file that reads back to it, each value with its origin. */
struct sceau_slice config_show(struct sceau_arena *arena,
                               const struct sceau_config *config);

/* `config sample`: every option with its sentence and default, commented out. */
struct sceau_slice config_sample(struct sceau_arena *arena);

/* sceau.conf(5) in roff. */
struct sceau_slice config_man(struct sceau_arena *arena);

/* ---- for the modules ---------------------------------------------------------------- */

/* What [policy], [sealer] and milter.authserv_id say, as policy_decide takes it. Borrows
 * from `config`; SCEAU_E_LIMIT when the arena is full. */
enum sceau_status config_to_policy(struct sceau_arena *arena,
                                   const struct sceau_config *config,
                                   struct policy_config *policy);

/* The same of [sign], as policy_signing_decide takes it, but for the login map. */
enum sceau_status config_to_signing(struct sceau_arena *arena,
                                    const struct sceau_config *config,
                                    struct policy_signing_config *signing);

#endif
