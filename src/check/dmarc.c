/* The family "dmarc" of the catalogue (RFC 9989; what readers of RFC 7489 make of the same
 * record is said where it differs). */
#include "dmarc_rules.h"

#define LIVE_OR_ZONE (CHECK_DNS | CHECK_ZONE)

static const struct check_rule rules[] = {
    {"dmarc.exists",             N_("DMARC record published"),                         LIVE_OR_ZONE, 0,          CHECK_PROBLEM,
     N_("A valid record stands at _dmarc.NAME or at a name above it (RFC 9989, tree walk); "
        "says which one was found, which mail it covers, and where readers of RFC 7489 "
        "differ."),
     N_("Without a record anybody may write in this name, and you hear nothing of it."),
     N_("Add this record, and read the reports before you tighten it."),                                            dmarc_exists       },
    {"dmarc.policy_enforced",    N_("DMARC quarantine/reject policy enabled"),
     LIVE_OR_ZONE,                                                                                   0,          CHECK_WARNING,
     N_("The policy in force for this very name (p, or sp or np when inherited, lowered by "
        "t=y) is quarantine or reject."),
     N_("With none, receivers deliver forged mail as any other."),
     N_("Read the reports first; when all your senders pass, ask for quarantine."),
     dmarc_policy_enforced                                                                                                             },
    {"dmarc.reject_people",      N_("p=reject on a name whose people write to lists"),
     LIVE_OR_ZONE,                                                                                   0,          CHECK_INFO,
     N_("reject on a name that gets mail and does not send machine mail only. A warning "
        "when only SPF can align, as forwarding breaks SPF."),
     N_("Mailing lists and forwarders break what proves such mail, and receivers then "
        "refuse it."),
     N_("RFC 9989 section 7.4 asks for DKIM, a month at p=none, then as long at "
        "p=quarantine, and care for members of mailing lists."),
     dmarc_reject_people                                                                                                               },
    {"dmarc.multiple",           N_("Only one DMARC record"),                          LIVE_OR_ZONE, 0,          CHECK_PROBLEM,
     N_("No second TXT record that begins with v=DMARC1 stands at the same name."),
     N_("Receivers ignore all of them, as if there were none."),
     N_("Keep one and delete the others."),                                                                         dmarc_multiple     },
    {"dmarc.syntax",             N_("DMARC record parses"),                            LIVE_OR_ZONE, 0,          CHECK_PROBLEM,
     N_("v=DMARC1 stands first, in this letter case; tags are name=value with semicolons "
        "between; values are known; p is there. Blanks and a final semicolon are fine."),
     N_("What a receiver cannot read it drops, or it ignores the whole record."),
     N_("Replace the record by this one, and look it over before you do."),
     dmarc_syntax                                                                                                                      },
    {"dmarc.translated",         N_("Tag values are not translated"),                  LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                                             N_("No value is a keyword in another language (aucun, quarantaine, rejet, keine and the like), "
        "as translated manuals print them."),
     N_("A translated word is no policy to any receiver."),
     N_("Write the English word."),                                                                                 dmarc_translated   },
    {"dmarc.place",              N_("DMARC record stands at _dmarc"),                  LIVE_OR_ZONE, 0,          CHECK_WARNING,
     N_("No DMARC record stands at the bare name, at dmarc, _dmark, or at _dmarc.NAME with "
        "the zone's name once more behind it; nothing else stands at _dmarc."),
     N_("Receivers look at one place only."),                                            N_("Move it to {owner}."), dmarc_place        },
    {"dmarc.pct",                N_("No pct below 100"),                               LIVE_OR_ZONE, 0,          CHECK_WARNING,
     N_("pct is absent or 100. RFC 9989 removed it."),
     N_("Old and new receivers read it differently."),
     N_("Write t=y for a trial, or drop it."),                                                                      dmarc_pct          },
    {"dmarc.testing",            N_("Test mode is off"),                               LIVE_OR_ZONE, 0,          CHECK_INFO,
     N_("t=y is absent: with it, reject acts as quarantine and quarantine as none."),
     N_("A trial that is forgotten protects less than the record seems to say."),
     N_("Remove t=y once the reports are clean."),                                                                  dmarc_testing      },
    {"dmarc.sp_weaker",          N_("Subdomains are not weaker than the domain"),      LIVE_OR_ZONE,
     0,                                                                                                          CHECK_WARNING, N_("sp is absent or not weaker than p."),
     N_("Forgers use subdomains."),
     N_("Remove sp after looking at the subdomains that send in your reports."),
     dmarc_sp_weaker                                                                                                                   },
    {"dmarc.np",                 N_("Non-existent subdomains are rejected"),           LIVE_OR_ZONE, 0,
     CHECK_INFO,                                                                                                                N_("np=reject stands in the record of the organizational domain (safe at once, even "
        "with p=none)."),
     N_("Nobody sends from names that do not exist, but forgers."),
     N_("Add np=reject."),                                                                                          dmarc_np           },
    {"dmarc.redundant",          N_("Subdomain record adds something"),                LIVE_OR_ZONE, 0,
     CHECK_INFO,                                                                                                                N_("A record below the organizational domain differs from what the name would "
        "inherit."),
     N_("A copy is one more record to forget when the policy changes."),
     N_("Delete it, unless the policy above is about to change."),                                                  dmarc_redundant    },
    {"dmarc.alignment_strict",   N_("Strict alignment fits your senders"),             LIVE_OR_ZONE,
     0,                                                                                                          CHECK_WARNING,
     N_("With aspf=s or adkim=s the name has SPF or a key of its own, and no known sender "
        "uses another name of the family."),
     N_("What passes for a neighbouring name only fails under strict alignment."),
     N_("Give that sender its own d= and Return-Path, or remove {tag}."),
     dmarc_alignment_strict                                                                                                            },
    {"dmarc.rua",                N_("Aggregate reports are asked for"),                LIVE_OR_ZONE, 0,          CHECK_WARNING,
     N_("rua has a valid mailto URI (no blanks, no size)."),
     N_("Without reports you are blind."),
     N_("Name an address that you read, or that a program reads for you."),                                         dmarc_rua          },
    {"dmarc.rua_delivers",       N_("Report address can receive mail"),
     CHECK_DNS | CHECK_SMTP,                                                                         CHECK_SMTP, CHECK_PROBLEM,
     N_("The domain of each rua and ruf takes mail; an address such as no-reply gets a "
        "question."),
     N_("Reports that cannot be delivered are lost, and nobody says so."),
     N_("Name another address, or mend this one."),                                                                 dmarc_rua_delivers },
    {"dmarc.external_auth",      N_("Other domain accepts your reports"),              LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                                             N_("For each rua and ruf under another organizational domain, "
        "NAME._report._dmarc.OTHER (or the * form) has a TXT record that begins with "
        "v=DMARC1."),
     N_("Until then receivers leave out that address."),
     N_("This line belongs into the zone of {other}."),                                                             dmarc_external_auth},
    {"dmarc.external_auth_open", N_("Report authorisations are deliberate"),           CHECK_ZONE,
     0,                                                                                                          CHECK_INFO,    N_("Each *._report._dmarc in your zones is wanted."),
     N_("A bare * lets any domain send its reports to you."),
     N_("List the domains one by one, unless you offer this to all."),
     dmarc_external_auth_open                                                                                                          },
    {"dmarc.ruf",                N_("Failure reports are a conscious choice"),         LIVE_OR_ZONE, 0,
     CHECK_INFO,                                                                                                                N_("If ruf is set, says that copies with personal data may come, that few receivers "
        "send them, and looks at fo."),
     N_("Failure reports may hold what people wrote."),
     N_("Keep ruf only if somebody reads it."),                                                                     dmarc_ruf          },
    {"dmarc.tags",               N_("No removed or unknown tags"),                     LIVE_OR_ZONE, 0,          CHECK_INFO,
     N_("rf, ri and sizes (removed), unknown tags (likely typing errors), and psd=y on "
        "what is no public suffix."),
     N_("Receivers ignore such a tag, so it does not do what it says."),
     N_("Drop the tag, or write the one that was meant."),                                                          dmarc_tags         },
    {"dmarc.authenticates",      N_("Something can pass DMARC at all"),                LIVE_OR_ZONE, 0,
     CHECK_PROBLEM,                                                                                                             N_("With quarantine or reject in force, the name has an SPF record or a DKIM key that "
        "aligns with it."),
     N_("As published, every message from the name fails DMARC."),
     N_("Add SPF or DKIM first."),                                                                                  dmarc_authenticates},
};

const struct check_family check_dmarc_family = CHECK_FAMILY(rules);
