/* Every option of sceau.conf. The parser, `config show`, `config sample`, --help and the
 * man page are all drawn from here: to add an option, add its member in config.h and its
 * row here. */
#include "table.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A row: the member's name is the key. tools/messages.py takes its sentence, and those of
 * sections, to be translated. */
#define OPTION(section, member, form, value, text)                         \
 {                                                                         \
  .key = #member, .type = (form), .fallback = (value), .sentence = (text), \
  .offset = offsetof(struct config_##section, member)                      \
 }
#define CHOICE(section, member, words, value, text)                               \
 {                                                                                \
  .key = #member, .type = CONFIG_CHOICE, .choices = (words), .fallback = (value), \
  .sentence = (text), .offset = offsetof(struct config_##section, member)         \
 }
#define DAY UINT64_C(86400)

#define RANGE(section, member, form, least, most, value, text)                        \
 {                                                                                    \
  .key = #member, .type = (form), .min = (least), .max = (most), .fallback = (value), \
  .sentence = (text), .offset = offsetof(struct config_##section, member)             \
 }

static const struct config_option milter_options[] = {
    OPTION(milter, authserv_id, CONFIG_TEXT, "",
           "The name this host signs its Authentication-Results with. Empty: the MTA's "
           "own name."),
    OPTION(
        milter, listen, CONFIG_LISTENERS, "",
        "Where the MTA finds the milter: unix:PATH[,role=R][,mode=M][,owner=U][,group=G] or "
        "inet:PORT@ADDRESS[,role=R], R being verify, sign or both. --listen beats it. "
        "A change needs a restart."),
    RANGE(milter, connections_max, CONFIG_NUMBER, 1, 65536, "4096",
          "How many connections are served at a time; more wait."),
    RANGE(
        milter, timeout, CONFIG_TIME, 1, 86400, "2h",
        "How long an MTA may be silent on a connection, or not take an answer. Longer "
        "than the MTA's own patience with its clients."),
    OPTION(
        milter, tcp_sign_peers, CONFIG_NETWORKS, "",
        "MTAs that may have mail signed over TCP. A listener on TCP only verifies for "
        "all others, whatever its role: macros come from whoever connects."),
    OPTION(
        milter, user, CONFIG_TEXT, "",
        "Become this user after the listeners are open, when started as root. Empty: "
        "stay. A change needs a restart."),
    OPTION(milter, state, CONFIG_FILE_NAME, "/var/lib/sceau",
           "The state directory: journal and metrics. --state beats it. When it is not "
           "named and not there, nothing is kept. A change needs a restart."),
    OPTION(
        milter, shadow, CONFIG_YES_NO, "no",
        "Judge each message, compare with what the filter before this one wrote on it, "
        "and change nothing: every message goes on as it came. sceau shadow report sums "
        "up. Connections that are open keep to what they began with."),
    OPTION(
        milter, shadow_authserv_id, CONFIG_TEXT, "",
        "The name that filter signs its Authentication-Results with. Empty: the same as "
        "authserv_id."),
};

static const struct config_option journal_options[] = {
    CHOICE(journal, on_error, "accept tempfail", "accept",
           "What becomes of a message whose record cannot be written, as when the disk "
           "is full: it goes its way, or its sender is asked to come again."),
    CHOICE(
        journal, privacy, "drop hash plain", "drop",
        "What the journal keeps of a sender's local part: nothing, a keyed hash that "
        "only this host can make, or all of it."),
    RANGE(
        journal, limit, CONFIG_SIZE, 0, UINT64_MAX, "4096MiB",
        "So many octets of the journal may wait until sceau-reportd folds them into the "
        "database, as while its server is away. At the limit the records of further "
        "messages are lost and counted (sceau_journal_lost_total), and on_error says what "
        "becomes of the messages; what waits stays. A message takes some 400 octets. "
        "Where nothing was ever folded there is no limit. 0: no limit but the disk."),
};

static const struct config_option log_options[] = {
    CHOICE(log, format, "text json", "text",
           "A line for each message: queue id and key=value, or a JSON object."),
};

static const struct config_option policy_options[] = {
    CHOICE(
        policy, mode, "monitor quarantine reject-direct reject", "quarantine",
        "What becomes of mail whose author domain fails DMARC. monitor: the results "
        "are written and nothing else. quarantine: mail that p=quarantine or p=reject "
        "speaks of is marked as suspect. reject-direct: under p=reject it is refused "
        "when nothing suggests a list or a forwarder on its way, else marked. reject: "
        "under p=reject it is refused."),
    CHOICE(policy, invalid_from, "tag refuse", "tag",
           "What becomes of mail that does not have exactly one valid author domain."),
    CHOICE(
        policy, quarantine, "header hold both", "header",
        "How suspect mail is set apart: by a header field that filters match, in the "
        "MTA's hold queue, or both."),
    CHOICE(
        policy, on_temperror, "tempfail accept", "tempfail",
        "What becomes of mail that cannot be judged for trouble with DNS: its sender "
        "is asked to come again, or it is let through at once."),
    RANGE(policy, temperror_tries, CONFIG_NUMBER, 0, 100, "2",
          "How many times one message is sent away for such trouble before it is "
          "accepted."),
    OPTION(policy, exempt_authenticated, CONFIG_YES_NO, "yes",
           "Leave mail of authenticated sessions alone."),
    OPTION(policy, exempt_local_socket, CONFIG_YES_NO, "no",
           "Leave mail alone whose client came over a Unix socket."),
    OPTION(
        policy, trusted_networks, CONFIG_NETWORKS, "127.0.0.0/8 ::1",
        "Networks whose mail is left alone and whose Authentication-Results are kept. "
        "That alone never causes signing."),
    OPTION(
        policy, exempt_senders, CONFIG_DOMAINS, "",
        "Author domains, and all below them, whose mail is left alone. Nobody has to "
        "prove them: exempt_dkim is the safer way."),
    OPTION(policy, exempt_recipients, CONFIG_ADDRESSES, "",
           "Addresses and domains: mail to these alone is left alone."),
    OPTION(policy, exempt_networks, CONFIG_NETWORKS, "",
           "Networks whose mail is left alone, without trust in its header fields."),
    OPTION(policy, exempt_dkim, CONFIG_DOMAINS, "",
           "Mail with a valid DKIM signature of one of these domains is left alone."),
    OPTION(policy, refuse_spf_fail, CONFIG_YES_NO, "no",
           "Refuse mail whose SPF result is fail, whatever DMARC says."),
    OPTION(
        policy, own_domains, CONFIG_DOMAINS, "",
        "The domains of this host's users. Mail from outside that claims one of them "
        "and proves nothing is told in the log."),
    OPTION(policy, refuse_own_domains, CONFIG_YES_NO, "no",
           "Refuse such mail, whatever policy the domain publishes."),
    OPTION(policy, private_fields, CONFIG_FIELD_NAMES, "",
           "Further result fields of this host: removed when they come from outside."),
    RANGE(policy, fail_field, CONFIG_FIELD_NAME, 1, 0, POLICY_FAIL_FIELD,
          "The field that marks suspect mail with what its author's domain asks for."),
    OPTION(policy, suspect_field, CONFIG_FIELD_NAME, "X-Spam-Flag",
           "A second field put on suspect mail, for spam folders. Empty: none."),
    OPTION(policy, suspect_value, CONFIG_TEXT, "YES",
           "The value of that second field."),
    OPTION(policy, url, CONFIG_TEXT, "",
           "A page about refusals, put at the end of each. Empty: none."),
};

static const struct config_option dmarc_options[] = {
    CHOICE(
        dmarc, discovery, "treewalk psl hybrid", "treewalk",
        "How the organizational domain is found. treewalk: by asking DNS upwards (RFC "
        "9989). psl: from the public suffix list (RFC 7489). hybrid: both, the tree "
        "walk decides and differences are told."),
    OPTION(dmarc, psl_file, CONFIG_FILE_NAME,
           "/usr/share/publicsuffix/public_suffix_list.dat",
           "The public suffix list, for psl and hybrid."),
};

static const struct config_option dns_options[] = {
    OPTION(
        dns, resolver, CONFIG_SERVERS, "",
        "DNS servers to ask, as ADDRESS or ADDRESS@PORT. Empty: those of the system."),
    OPTION(dns, recursion, CONFIG_YES_NO, "no",
           "Start at the root servers instead of asking a resolver."),
    RANGE(dns, cache_size, CONFIG_SIZE, 0, (uint64_t)1 << 40, "8MiB",
          "Memory for answers and for what was read from them. 0: none are kept."),
    RANGE(dns, down_after, CONFIG_NUMBER, 1, 1000, "8",
          "After so many time-outs in a row, and a probe without answer, the resolver "
          "counts as down: mail waits for it no longer until it answers again."),
};

static const struct config_option verify_options[] = {
    OPTION(verify, receiver, CONFIG_TEXT, "",
           "The name that stands for this host in SPF explanations. Empty: the host's "
           "own."),
    OPTION(verify, iprev, CONFIG_YES_NO, "yes",
           "Look up the client's name and whether it leads back to its address."),
};

static const struct config_option check_options[] = {
    OPTION(
        check, own_addresses, CONFIG_NETWORKS, "",
        "Addresses of own mail servers: sceau check asks these, and no others, whether "
        "they relay for strangers."),
    OPTION(
        check, blocklists, CONFIG_DOMAINS, "",
        "DNS blocklists that mail addresses are looked up in, by their zones. Most have "
        "terms of use. Empty: none."),
    OPTION(check, machine_domains, CONFIG_DOMAINS, "",
           "Domains that only machines write from: p=reject is no matter of mailing "
           "lists there."),
    OPTION(check, parked_domains, CONFIG_DOMAINS, "",
           "Domains that neither send nor receive mail: their SPF record has to be "
           "\"v=spf1 -all\"."),
    OPTION(check, allow_private, CONFIG_YES_NO, "no",
           "Let probes connect to addresses that are not public."),
    RANGE(check, smtp_port, CONFIG_NUMBER, 1, 65535, "25",
          "The port of mail servers. Another one is for tests."),
    RANGE(check, dns_port, CONFIG_NUMBER, 1, 65535, "53",
          "The port of a zone's name servers. Another one is for tests."),
    RANGE(check, https_port, CONFIG_NUMBER, 1, 65535, "443",
          "The port of web servers. Another one is for tests."),
    OPTION(check, trust_file, CONFIG_FILE_NAME, "",
           "Certificates of authorities that are trusted, PEM. Empty: the system's."),
    OPTION(
        check, network_database, CONFIG_FILE_NAME, "",
        "A MaxMind DB file with the names of networks (GeoLite2-ASN.mmdb), shown beside "
        "the mail hosts. Empty: none."),
    OPTION(
        check, country_database, CONFIG_FILE_NAME, "",
        "A MaxMind DB file with the countries of addresses (GeoLite2-Country.mmdb), for the "
        "sources in reports. Empty: what network_database tells."),
    OPTION(
        check, trust_anchor, CONFIG_FILE_NAME, CONFIG_TRUST_ANCHOR,
        "The trust anchor of DNSSEC (Debian: dns-root-data). Without the file the state "
        "of DNSSEC and DANE is not known."),
    OPTION(
        check, mta_sts, CONFIG_YES_NO, "yes",
        "The MTA-STS policy file of each domain of [domain] and policy.own_domains is read "
        "once a day by sceau-reportd, for the dashboard and sceau report tls."),
};

static const struct config_option keys_options[] = {
    RANGE(
        keys, grace, CONFIG_TIME, 0, 3650 * DAY, "30d",
        "How long the record of a key that signs no more stays published, for mail that "
        "is still under way or lies in a queue."),
    OPTION(
        keys, evidence, CONFIG_YES_NO, "yes",
        "Such a record may go only when the journal, too, has seen no use of the key for "
        "that time. no: the time alone decides."),
    RANGE(
        keys, lifetime, CONFIG_TIME, 0, 3650 * DAY, "0",
        "The age at which sceau key rotate begins a new key beside the active one. 0: "
        "only sceau key update does."),
    OPTION(
        keys, passphrase_file, CONFIG_FILE_NAME, "",
        "A file of mode 0600 whose first line locks private keys on the disk. Keys that "
        "are there already stay as they are, and are opened either way. Empty: new keys "
        "lie in clear, 0600."),
};

static const struct config_option doctor_options[] = {
    RANGE(
        doctor, disk_least, CONFIG_SIZE, 0, (uint64_t)1 << 50, "1024MiB",
        "Less room than this at the state directory is a warning, less than a tenth of "
        "it a problem."),
};

static const struct config_option intake_options[] = {
    OPTION(
        intake, folders, CONFIG_WORDS, "",
        "Folders and Maildirs that sceau-reportd takes reports from, beside incoming in the "
        "state directory. A file moves to done/ or refused/ in its folder, a mail of a "
        "Maildir becomes seen."),
    CHOICE(
        intake, unauthenticated, "apart count", "apart",
        "What becomes of reports in mails whose own DMARC does not pass: anybody may have "
        "written them. apart: they are kept and shown, and are in no sum. count: as others."),
    OPTION(intake, imap_url, CONFIG_TEXT, "",
           "The server of a mailbox that reports come to: imaps://HOST[:PORT], or "
           "imap://HOST[:PORT], which has to offer STARTTLS. Empty: none is fetched."),
    OPTION(intake, imap_user, CONFIG_TEXT, "", "Who logs in there."),
    OPTION(intake, imap_password_file, CONFIG_FILE_NAME, "",
           "A file of mode 0600 whose first line is the password."),
    OPTION(
        intake, imap_token_command, CONFIG_TEXT, "",
        "Instead of a password: a program with its arguments that prints an OAuth 2.0 "
        "access token (XOAUTH2, OAUTHBEARER). It begins with a path from the root; no "
        "shell reads it."),
    RANGE(intake, imap_folder, CONFIG_TEXT, 1, 0, "INBOX",
          "The folder of new reports."),
    RANGE(
        intake, imap_done_folder, CONFIG_TEXT, 1, 0, "Archive",
        "Where a mail goes after what it reports is stored. Made when it is not there."),
    RANGE(intake, imap_refused_folder, CONFIG_TEXT, 1, 0, "Refused",
          "Where mails go that hold no report, or one that nothing can be taken from."),
    OPTION(intake, imap_trust_file, CONFIG_FILE_NAME, "",
           "Certificates of authorities that are trusted there, PEM. Empty: the "
           "system's."),
    OPTION(intake, imap_plain, CONFIG_YES_NO, "no",
           "Log in even where the server offers no TLS: for tests, and for loopback."),
    RANGE(intake, imap_batch, CONFIG_NUMBER, 1, 1000, "100",
          "How many mails are stored and then moved at a time."),
    RANGE(intake, imap_timeout, CONFIG_TIME, 1, 600, "60s",
          "How long the server may be silent."),
};

static const struct config_option alert_options[] = {
    OPTION(alert, mail_to, CONFIG_ADDRESSES, "",
           "Addresses that alerts and digests go to. Empty: no mail."),
    OPTION(alert, mail_from, CONFIG_TEXT, "",
           "Whom they come from. Empty: sceau@ and this host's name."),
    OPTION(
        alert, smtp, CONFIG_TEXT, "smtp://127.0.0.1",
        "The mail server that takes them: smtp://HOST[:PORT] or smtps://HOST[:PORT]."),
    CHOICE(alert, smtp_security, "auto tls clear", "auto",
           "TLS on the way there (smtp://). auto: asked for unless the server is on "
           "loopback; tls: always; clear: never."),
    OPTION(alert, smtp_user, CONFIG_TEXT, "", "Who logs in there. Empty: nobody."),
    OPTION(alert, smtp_password_file, CONFIG_FILE_NAME, "",
           "A file of mode 0600 whose first line is the password."),
    OPTION(alert, trust_file, CONFIG_FILE_NAME, "",
           "Certificates of authorities that are trusted for mail and webhook, PEM. "
           "Empty: the system's."),
    OPTION(alert, webhook, CONFIG_TEXT, "",
           "An address (https) that each alert and digest is posted to as JSON. No "
           "redirect is followed. Empty: none."),
    OPTION(alert, webhook_token_file, CONFIG_FILE_NAME, "",
           "A file of mode 0600 whose first line goes along as Authorization: Bearer."),
    OPTION(alert, webhook_private, CONFIG_YES_NO, "no",
           "The webhook may be at an address that is not public."),
    OPTION(
        alert, command, CONFIG_TEXT, "",
        "A program with its arguments that is given each alert and digest as JSON on its "
        "standard input. It begins with a path from the root; no shell reads it. Empty: "
        "none."),
    RANGE(alert, command_timeout, CONFIG_TIME, 1, 600, "30s",
          "How long it may take; then it is ended."),
    CHOICE(alert, language, "en fr", "en", "Of alerts and digests."),
    CHOICE(
        alert, digest, "daily weekly never", "daily",
        "How often what was found is summed up. daily: on each day that has something "
        "new; both on Mondays with the figures of the week."),
    RANGE(alert, digest_hour, CONFIG_NUMBER, 0, 23, "6",
          "The hour (UTC) from which the digest of a day is sent."),
    OPTION(
        alert, at_once, CONFIG_WORDS, "starts-failing",
        "Findings that are told at once, by their kinds: starts-failing (a source of "
        "ours begins to fail), new-source, record-changed, and what else sceau report "
        "findings shows."),
    OPTION(alert, without, CONFIG_WORDS, "forged",
           "Findings that are not told, by their kinds."),
    OPTION(
        alert, certificates, CONFIG_YES_NO, "yes",
        "Once a day, sceau-reportd asks the mail hosts of the domains described here what "
        "certificate they show, to tell before it ends: up to STARTTLS, on port 25, and "
        "no mail is sent."),
    RANGE(
        alert, journal, CONFIG_TIME, 0, (uint64_t)30 * 86400, "30m",
        "The journal of this host may wait so long to be folded into the database; then, "
        "or when it comes near journal.limit, that is told at once, and once a day until "
        "it is over. It needs no database. 0: it is not told."),
};

#define ALGORITHMS        "both rsa ed25519"
#define CANONICALIZATIONS "relaxed/relaxed relaxed/simple simple/relaxed simple/simple"

static const struct config_option sign_options[] = {
    CHOICE(
        sign, owner_check, "on log off", "on",
        "Sign only what the sender owns: his login's domain, what the login map, a "
        "network or this host may send as. log: sign all the same and tell it. off: do "
        "not ask."),
    OPTION(
        sign, networks, CONFIG_NETWORKS, "",
        "Networks whose mail is signed, for the domains of network_domains and of "
        "sections that name the client. Trusted networks alone are never signed for: a "
        "content filter that hands mail back comes from loopback."),
    OPTION(sign, network_domains, CONFIG_DOMAINS, "",
           "Author domains, and all below them, that those networks may send as."),
    OPTION(
        sign, local_domains, CONFIG_DOMAINS, "",
        "Author domains that mail of sendmail(1) may have, beside the MTA's own name."),
    OPTION(sign, login_domains, CONFIG_DOMAINS, "",
           "The domains of logins that name none: ann instead of ann@example.org."),
    OPTION(sign, login_map, CONFIG_FILE_NAME, "",
           "Who may send as whom beside: the text of a Postfix table as "
           "smtpd_sender_login_maps has it; its type in front (hash:) does not matter. "
           "Empty: none."),
    CHOICE(sign, algorithms, ALGORITHMS, "both",
           "Which of a domain's active keys sign. A key is active once its record was "
           "seen on every name server."),
    CHOICE(sign, canonicalization, CANONICALIZATIONS, "relaxed/relaxed",
           "Of header and body."),
    OPTION(
        sign, headers, CONFIG_FIELD_NAMES, "",
        "The fields that are signed, as h= will have them. Empty: what matters to "
        "readers, with From, To, Cc, Subject and Date once more than they are there, "
        "so that no second one can be added."),
    RANGE(sign, expire, CONFIG_TIME, 0, 3650 * DAY, "0s",
          "From t= to x=, after which a signature counts no more. Longer than mail may "
          "lie in queues. 0s: signatures do not expire."),
    CHOICE(
        sign, long_lines, "unsigned refuse sign", "unsigned",
        "What becomes of a message with a body line over 998 octets, which MTAs break: "
        "it goes unsigned, it is refused, or it is signed all the same."),
    CHOICE(
        sign, on_error, "tempfail unsigned", "tempfail",
        "What becomes of a message that should be signed, and cannot be for a broken "
        "key or trouble of this host: its sender is asked to come again, or it goes "
        "unsigned."),
    OPTION(
        sign, arc_domain, CONFIG_DOMAIN, "",
        "The domain that ARC-seals list and forwarded mail with its active key. Empty: "
        "nothing is sealed."),
    OPTION(
        sign, arc_recipients, CONFIG_ADDRESSES, "",
        "Mail from outside to these addresses and domains is sealed when it comes in: "
        "those that are forwarded unchanged."),
};

static const struct config_option report_options[] = {
    OPTION(
        report, organisation, CONFIG_TEXT, "",
        "Who reports, for people: the name of this site. Without it, or without from, no "
        "report is sent."),
    OPTION(
        report, from, CONFIG_MAILBOX, "",
        "The address that reports come from, and that their readers may write to. Its domain "
        "has to pass DMARC with mail of this host."),
    OPTION(report, contact, CONFIG_TEXT, "",
           "More on whom to ask: an address of a web page, say."),
    OPTION(report, domain, CONFIG_DOMAIN, "",
           "The domain that reports name as their submitter. Empty: this host's name."),
    OPTION(
        report, return_path, CONFIG_TEXT, "",
        "Where bounces go: to LOCAL+TOKEN@DOMAIN of this address, at most 23 octets before the "
        "@. Its mail has to reach incoming in the state directory, or a mailbox of [intake]. "
        "Empty: from."),
    OPTION(report, send, CONFIG_YES_NO, "yes",
           "With no, reports are built and can be looked at (sceau outbox), and stay "
           "here."),
    OPTION(
        report, pacing, CONFIG_YES_NO, "yes",
        "Spread them over the hours after midnight (UTC), begin with few in the first "
        "week, and give no host too many at once."),
    RANGE(report, host_reports, CONFIG_NUMBER, 1, 100000, "60",
          "With pacing, how many go to one mail host in an hour."),
    OPTION(
        report, refused_too, CONFIG_YES_NO, "no",
        "Report mail that was refused for other reasons than DMARC as well: its senders learn "
        "what their domains got through, and where to try next."),
    OPTION(
        report, never, CONFIG_ADDRESSES, "",
        "Addresses, domains of addresses, and domains of policies that get no report, whatever "
        "they ask for; a domain stands for all below it."),
    OPTION(
        report, accepting, CONFIG_ADDRESSES, "",
        "Addresses and domains that are believed to take reports about others though DNS does "
        "not say so (RFC 9990 section 4)."),
    OPTION(
        report, rfc7489, CONFIG_ADDRESSES, "",
        "Addresses, domains of addresses, and domains of policies that get reports in the form "
        "of RFC 7489: their programs read no other."),
    OPTION(
        report, hide_reserved, CONFIG_YES_NO, "yes",
        "Write 0.0.0.0 or :: for addresses of private networks, in the fields of failure "
        "reports as well."),
    OPTION(report, bulk, CONFIG_YES_NO, "yes", "Add Precedence: bulk."),
    OPTION(
        report, smtp, CONFIG_TEXT, "smtp://127.0.0.1",
        "The mail server that takes them: smtp://HOST[:PORT] or smtps://HOST[:PORT]. It is to "
        "be one that sceau-milter signs for."),
    CHOICE(report, smtp_security, "auto tls clear", "auto",
           "TLS on the way there (smtp://). auto: asked for unless the server is on "
           "loopback; tls: always; clear: never."),
    RANGE(report, smtp_patience, CONFIG_TIME, 1, 600, "5m",
          "How long one mail may take there; then it is tried again later."),
    OPTION(report, smtp_user, CONFIG_TEXT, "", "Who logs in there. Empty: nobody."),
    OPTION(report, smtp_password_file, CONFIG_FILE_NAME, "",
           "A file of mode 0600 whose first line is the password."),
    OPTION(
        report, trust_file, CONFIG_FILE_NAME, "",
        "Certificates of authorities that are trusted there, PEM. Empty: the system's."),
    OPTION(
        report, sending_host, CONFIG_DOMAIN, "",
        "The host from whose addresses this site's mail leaves: they need names that lead back "
        "to them before the first report is sent (sceau outbox selftest). Empty: the host of "
        "smtp, or this host when that is on loopback."),
};

static const struct config_option failure_options[] = {
    OPTION(
        failure, send, CONFIG_YES_NO, "no",
        "Tell the owner of a domain of single messages that fail in its name, where its record "
        "asks for that (ruf, fo): at most one an hour for each way to fail, with the number "
        "of those between. sceau-milter and sceau-reportd both have to read it. Reports "
        "leave as [report] says."),
    CHOICE(
        failure, redact, "nothing addresses most", "addresses",
        "What is hidden of such a message. nothing: it is told as it came. addresses: each local "
        "part becomes a hash that only this host can make, and so do tokens that stand for a person in "
        "links and in mailers' fields; links stop working, and fields that name a recipient in "
        "another way are left out. most: only the fields that "
        "authentication is about remain, without names."),
    CHOICE(
        failure, original, "header message", "header",
        "What of it is told: the header, up to 64 KiB, or the body as well, up to 32 KiB: its plain "
        "texts and those in HTML, without marks, also of parts; of all else what it was (with redact "
        "= nothing: the body as it came)."),
    OPTION(
        failure, canonicalized_header, CONFIG_YES_NO, "no",
        "Add the header as the failed signature was checked over it "
        "(DKIM-Canonicalized-Header). Only with redact = nothing: it hides no name."),
    OPTION(failure, canonicalized_body, CONFIG_YES_NO, "no",
           "The same of the body, up to 32 KiB (DKIM-Canonicalized-Body)."),
};

static const struct config_option web_options[] = {
    OPTION(web, listen, CONFIG_TEXT, "127.0.0.1:8460",
           "Where the dashboard listens: ADDRESS:PORT, or unix:PATH[,mode=M][,owner=U]"
           "[,group=G]. --listen beats it. Beyond loopback it starts only with a "
           "trusted_proxy, which has to speak TLS with the browsers. A change needs a "
           "restart."),
    OPTION(
        web, hosts, CONFIG_WORDS, "localhost 127.0.0.1 [::1]",
        "The names under which browsers come, as in the Host field without its port. Any "
        "other is refused: a web page elsewhere could give this address a name of its "
        "own."),
    OPTION(web, trusted_proxy, CONFIG_NETWORKS, "",
           "Where a web server in front of this one connects from. Others, beyond "
           "loopback, are not served."),
    OPTION(
        web, user_field, CONFIG_FIELD_NAME, "",
        "The field in which that web server names the user whom it has admitted; it has to "
        "remove the field from what browsers send. It is read from trusted_proxy and over a "
        "Unix socket only. Empty: none; sceau web login is the way in."),
    OPTION(web, administrators, CONFIG_WORDS, "",
           "Users of that field who see and do everything."),
    OPTION(
        web, readers, CONFIG_WORDS, "",
        "Users of that field who see some domains, and what is below them, and change "
        "nothing: NAME=DOMAIN,DOMAIN."),
    RANGE(web, session, CONFIG_TIME, 60, 30 * DAY, "12h",
          "How long a session lasts that began with a one-time link."),
    OPTION(web, url, CONFIG_TEXT, "",
           "The dashboard's address as alerts link to it: https://HOST[:PORT]. Empty: "
           "http://127.0.0.1:8460."),
    OPTION(web, user, CONFIG_TEXT, "",
           "Become this user after the listener is open, when started as root. Empty: "
           "stay. A change needs a restart."),
};

static const struct config_option store_options[] = {
    RANGE(
        store, url, CONFIG_TEXT, 1, 0, "sqlite:store.db",
        "The database: sqlite:FILE; a relative file is in the state directory. Or "
        "postgresql://USER@HOST/DATABASE, one for several hosts; beyond this host the "
        "server's certificate is verified unless the URL has an sslmode of its own."),
    OPTION(
        store, password_file, CONFIG_FILE_NAME, "",
        "The file that holds the password for the server of store.url. Empty: none, or "
        "what libpq finds (~/.pgpass)."),
    RANGE(store, keep_rows, CONFIG_TIME, DAY, 36500 * DAY, "90d",
          "How long the rows of reports, and the files they came in, are kept."),
    RANGE(store, keep_totals, CONFIG_TIME, DAY, 36500 * DAY, "762d",
          "How long the sums of each day are kept: 25 months."),
    RANGE(store, keep_failures, CONFIG_TIME, DAY, 36500 * DAY, "14d",
          "How long failure reports, which are about single mails, are kept."),
    RANGE(
        store, keep_journal, CONFIG_TIME, 0, 36500 * DAY, "30d",
        "How long segments of the journal stay after they were folded into the database, "
        "for sceau journal cat, sceau shadow report and sceau key rotate."),
};

/* [sign "domain"] */
static const struct config_option sign_domain_options[] = {
    OPTION(sign_domain, subdomains, CONFIG_YES_NO, "no",
           "Its keys sign for domains below it that have none."),
    OPTION(sign_domain, networks, CONFIG_NETWORKS, "",
           "Networks that may send as this domain, and are signed for."),
    OPTION(sign_domain, selectors, CONFIG_DOMAINS, "",
           "Of its active keys these alone sign. Empty: all."),
    CHOICE(sign_domain, algorithms, "inherit " ALGORITHMS, "inherit",
           "As in [sign], or something else."),
    CHOICE(sign_domain, canonicalization, "inherit " CANONICALIZATIONS, "inherit",
           "As in [sign], or something else."),
    OPTION(sign_domain, headers, CONFIG_FIELD_NAMES, "",
           "The fields that are signed. Empty: as in [sign]."),
    OPTION(sign_domain, identity, CONFIG_YES_NO, "no",
           "Name the author's domain in i=."),
};

/* [list "address"] */
static const struct config_option list_options[] = {
    CHOICE(
        list, rewrite_from, "never always dmarc", "dmarc",
        "When the list's address takes the author's place in From. dmarc: when the "
        "author's domain asks to quarantine or reject. Such a post is signed, with the "
        "keys of the list's domain, when the list sends it on through a listener that "
        "signs: on its way in it is not, for the list's software may still change it."),
    OPTION(
        list, refuse_restrictive, CONFIG_YES_NO, "no",
        "Refuse posts from such domains at the door instead, once, with the reason."),
    OPTION(
        list, name, CONFIG_TEXT, "",
        "The list's name in a rewritten From. Empty: what stands before the @ of its "
        "address."),
};

/* [sealer "domain"] */
static const struct config_option sealer_options[] = {
    OPTION(sealer, until, CONFIG_DATE, "never",
           "The first day (UTC) on which it is trusted no longer."),
    OPTION(sealer, recipients, CONFIG_ADDRESSES, "",
           "It is trusted for mail to these addresses and domains alone. Empty: all."),
};

/* [forwarder "domain"] */
static const struct config_option forwarder_options[] = {
    OPTION(forwarder, until, CONFIG_DATE, "never",
           "The first day (UTC) on which it is trusted no longer."),
    OPTION(forwarder, networks, CONFIG_NETWORKS, "",
           "It is trusted for clients in these networks alone. Empty: all."),
    OPTION(forwarder, recipients, CONFIG_ADDRESSES, "",
           "It is trusted for mail to these addresses and domains alone. Empty: all."),
};

/* [mailbox "name"] */
static const struct config_option mailbox_options[] = {
    OPTION(
        mailbox, url, CONFIG_TEXT, "",
        "Its server: imaps://HOST[:PORT], or imap://HOST[:PORT] with STARTTLS. Empty: "
        "it is not fetched."),
    OPTION(mailbox, user, CONFIG_TEXT, "", "Who logs in there."),
    OPTION(mailbox, password_file, CONFIG_FILE_NAME, "",
           "A file of mode 0600 whose first line is the password."),
    OPTION(mailbox, token_command, CONFIG_TEXT, "",
           "Instead of a password: a program that prints an OAuth 2.0 access token, as "
           "intake.imap_token_command."),
    RANGE(mailbox, folder, CONFIG_TEXT, 1, 0, "INBOX", "The folder of new reports."),
    RANGE(mailbox, done_folder, CONFIG_TEXT, 1, 0, "Archive",
          "Where a mail goes after what it reports is stored."),
    RANGE(mailbox, refused_folder, CONFIG_TEXT, 1, 0, "Refused",
          "Where mails go that hold no report."),
    OPTION(mailbox, trust_file, CONFIG_FILE_NAME, "",
           "Certificates of authorities that are trusted there, PEM. Empty: the "
           "system's."),
    OPTION(mailbox, plain, CONFIG_YES_NO, "no",
           "Log in even where the server offers no TLS."),
    RANGE(mailbox, batch, CONFIG_NUMBER, 1, 1000, "100",
          "How many mails are stored and then moved at a time."),
    RANGE(mailbox, timeout, CONFIG_TIME, 1, 600, "60s",
          "How long the server may be silent."),
};

/* [domain "domain"] */
static const struct config_option domain_options[] = {
    OPTION(
        domain, servers, CONFIG_HOSTS, "",
        "The mail servers, as NAME=ADDRESS,ADDRESS: they hold mailboxes and send. An "
        "address with /PREFIX lets its whole network send."),
    OPTION(domain, gateways, CONFIG_HOSTS, "",
           "The relays, as servers: mail for the domain comes to them, and they send."),
    OPTION(
        domain, senders, CONFIG_HOSTS, "",
        "Names below the domain that send through a server (a web host's, say), as NAME "
        "or NAME=ADDRESS: the address that the server admits."),
    OPTION(domain, aliases, CONFIG_NAMES, "imap pop",
           "Further names of the first server, for mail programs."),
    OPTION(domain, mx, CONFIG_MXS, "",
           "Where mail for the domain goes, as NAME or NAME=PREFERENCE. Empty: to the "
           "gateways, else to the servers, with preference 10."),
    OPTION(domain, spf, CONFIG_TEXT, "",
           "Further SPF terms, such as include:_spf.example.net."),
    CHOICE(domain, spf_all, "softfail fail", "softfail",
           "What SPF says of all other addresses: ~all or -all."),
    CHOICE(domain, policy, "same none quarantine reject", "quarantine",
           "What receivers are asked to do with mail from the domain that proves "
           "nothing (p=). same counts as none."),
    CHOICE(domain, subdomain_policy, "same none quarantine reject", "reject",
           "The same for names below it (sp=). same: the tag is left out."),
    CHOICE(domain, nonexistent_policy, "same none quarantine reject", "same",
           "The same for names that do not exist (np=)."),
    CHOICE(domain, sender_policy, "same none quarantine reject", "reject",
           "The same for the sending names. same: as policy."),
    OPTION(domain, testing, CONFIG_YES_NO, "no",
           "Ask receivers to do one step less (t=y), for a beginning."),
    CHOICE(domain, alignment, "strict relaxed", "strict",
           "Whether SPF and DKIM have to prove the very name, or one of the same "
           "organization (aspf=, adkim=)."),
    OPTION(domain, rua, CONFIG_ADDRESSES, "",
           "Addresses that daily reports go to. Empty: none come."),
    OPTION(domain, ruf, CONFIG_ADDRESSES, "",
           "Addresses that reports of single failures go to."),
    OPTION(
        domain, reports_for, CONFIG_DOMAINS, "",
        "Domains of others that have their reports sent to addresses here: receivers "
        "ask this domain whether it agrees."),
    RANGE(domain, host_ttl, CONFIG_TIME, 0, 2147483647, "1h",
          "How long resolvers keep addresses and MX."),
    RANGE(domain, policy_ttl, CONFIG_TIME, 0, 2147483647, "3h",
          "How long resolvers keep SPF and DMARC."),
    OPTION(domain, relay, CONFIG_TEXT, "",
           "What the sending names put as relayhost. Empty: the first server."),
    OPTION(domain, zone, CONFIG_TEXT, "",
           "The zone that the records go into, when the domain has none of its own."),
    OPTION(domain, primary, CONFIG_SERVERS, "",
           "Where sceau zone push sends updates. Empty: to the server that the zone's "
           "SOA names."),
    OPTION(
        domain, tsig_file, CONFIG_FILE_NAME, "",
        "The TSIG key for that: a key statement as tsig-keygen(8) of BIND prints it. "
        "Nobody else may read the file."),
    RANGE(domain, rndc, CONFIG_TEXT, 1, 0, "rndc",
          "The command of sceau zone apply --reload, with its options."),
};

_Static_assert(offsetof(struct config_list, address) == 0 &&
                   offsetof(struct config_sign_domain, domain) == 0 &&
                   offsetof(struct config_sealer, domain) == 0 &&
                   offsetof(struct config_forwarder, domain) == 0 &&
                   offsetof(struct config_mailbox, name) == 0 &&
                   offsetof(struct config_domain, domain) == 0,
               "the name comes first");

#define SIZE_OF(member) sizeof(((struct sceau_config *)NULL)->member)

#define SECTION(section, text)                                               \
 {                                                                           \
  .name = #section, .sentence = (text), .options = section##_options,        \
  .option_count = COUNT(section##_options),                                  \
  .offset = offsetof(struct sceau_config, section), .size = SIZE_OF(section) \
 }

#define NAMED_SECTION(section, form, sample, text) \
 NAMED_SECTION_AS(#section, section, form, sample, text)

#define NAMED_SECTION_AS(word, section, form, sample, text)                  \
 {                                                                           \
  .name = (word), .naming = (form), .example = (sample), .sentence = (text), \
  .options = section##_options, .option_count = COUNT(section##_options),    \
  .offset = offsetof(struct sceau_config, section##s),                       \
  .count_offset = offsetof(struct sceau_config, section##_count),            \
  .size = SIZE_OF(section##s[0])                                             \
 }

const struct config_section config_sections[] = {
    SECTION(milter, "The milter."),
    SECTION(journal, "The journal of messages."),
    SECTION(log, "The log on standard error."),
    SECTION(policy, "What this host does with a verdict."),
    SECTION(dmarc, "Where DMARC finds the policy of a domain."),
    SECTION(dns, "Where DNS questions go."),
    SECTION(verify, "What else is looked up about a message."),
    SECTION(check, "The probes of sceau check."),
    SECTION(keys, "The life of DKIM keys: sceau key."),
    SECTION(doctor, "What sceau doctor asks of this host."),
    SECTION(intake, "Where reports come from."),
    SECTION(alert, "Who is told what reports show."),
    SECTION(sign, "What is signed, for whom. Keys: sceau key."),
    SECTION(web, "The dashboard: sceau-web."),
    SECTION(store, "The database of reports and of what was seen: sceau-reportd."),
    SECTION(report, "Reports that this host sends to domain owners (RFC 9990)."),
    SECTION(failure, "Reports on single messages that failed (RFC 9991)."),
    NAMED_SECTION_AS("sign", sign_domain, CONFIG_NAMED_DOMAIN, "example.org",
                     "A domain that is signed in its own way."),
    NAMED_SECTION(list, CONFIG_NAMED_ADDRESS, "dev@example.org",
                  "A mailing list of this host."),
    NAMED_SECTION(sealer, CONFIG_NAMED_DOMAIN, "lists.example.org",
                  "A domain whose ARC seals are believed when DMARC fails."),
    NAMED_SECTION(
        forwarder, CONFIG_NAMED_DOMAIN, "example.edu",
        "A domain that forwards mail to this host and takes genuine mail only. "
        "SPF or a signature of that domain has to pass."),
    {.name = "mailbox",
       .naming = CONFIG_NAMED_WORD,
       .example = "second",
       .sentence = N_("A further mailbox that reports are fetched from, besides that of "
                    "[intake]."),
       .options = mailbox_options,
       .option_count = COUNT(mailbox_options),
       .offset = offsetof(struct sceau_config, mailboxes),
       .count_offset = offsetof(struct sceau_config, mailbox_count),
       .size = SIZE_OF(mailboxes[0])},
    NAMED_SECTION(domain, CONFIG_NAMED_DOMAIN, "example.org",
                  "A mail domain of ours: what sceau zone makes its records from."),
};
const size_t config_section_count = COUNT(config_sections);
