/* Every check of doctor, in the order in which they are made: Postfix and how it finds the
 * milter, what it does to mail behind the milter's back, then the host. A later issue adds
 * a row here and a function. */
#include "doctor.h"

const struct doctor_check doctor_checks[] = {
    {"postfix.present",        N_("Postfix can be read"),
     N_("What follows reads main.cf and master.cf as Postfix itself does."),
     doctor_postfix_present                                                                                        },
    {"milter.asked",           N_("Postfix asks the milter"),
     N_("Mail that does not pass the milter is neither verified nor signed."),
     doctor_milter_asked                                                                                           },
    {"milter.local",           N_("Mail of this host itself passes the milter"),
     N_("Mail from sendmail(1) and cron does not come over SMTP: without "
        "non_smtpd_milters it leaves unsigned."),
     doctor_milter_local                                                                                           },
    {"milter.socket",          N_("The socket is where Postfix looks"),
     N_("Postfix looks from its queue directory, and a chrooted smtpd sees nothing "
        "outside of it."),
     doctor_milter_socket                                                                                          },
    {"milter.access",          N_("Postfix may open the socket"),
     N_("Without the right to write to the socket every connection fails and "
        "milter_default_action decides."),
     doctor_milter_access                                                                                          },
    {"milter.answers",         N_("Somebody listens at the socket"),
     N_("A socket that nobody serves is an outage: milter_default_action decides."),
     doctor_milter_answers                                                                                         },
    {"milter.order",           N_("No other milter stands in the way"),
     N_("A milter that changes mail before it is verified, or after it was signed, breaks "
        "signatures; a second verifier or signer contradicts the first."),
     doctor_milter_order                                                                                           },
    {"milter.macros",          N_("Postfix sends the macros that decide"),
     N_("Without them nobody knows the queue id, or that a user has logged in."),
     doctor_milter_macros                                                                                          },
    {"milter.protocol",        N_("The milter protocol is version 6"),
     N_("Older versions cost more round trips and lose leading blanks of header fields, "
        "which breaks simple canonicalisation."),
     doctor_milter_protocol                                                                                        },
    {"milter.timeouts",        N_("Postfix waits longer than DNS takes"),
     N_("The milter may wait 12 s for DNS at the end of a message; a Postfix that hangs up "
        "before that throws the verdict away."),
     doctor_milter_timeouts                                                                                        },
    {"milter.outage",          N_("An outage of the milter loses nothing"),
     N_("Strangers should get in unmarked while the milter is away, own users should be "
        "asked to come again rather than send unsigned."),
     doctor_milter_outage                                                                                          },
    {"milter.bounces",         N_("Bounces are signed"),
     N_("Postfix keeps its own notices from milters unless it is told otherwise."),
     doctor_milter_bounces                                                                                         },
    {"postfix.content_filter",
     N_("Mail that comes back from a filter is not judged twice"),
     N_("After a content filter the client is the filter: SPF fails and the first verdict "
        "is taken for a forgery."),
     doctor_postfix_content_filter                                                                                 },
    {"postfix.line_length",    N_("Long lines are not cut after signing"),
     N_("Postfix breaks lines over smtp_line_length_limit when it sends: the signature no "
        "longer fits."),
     doctor_postfix_line_length                                                                                    },
    {"postfix.conversion",     N_("Mail is not re-encoded after signing"),
     N_("For a server without 8BITMIME Postfix turns 8-bit bodies into quoted-printable: "
        "the signature no longer fits."),
     doctor_postfix_conversion                                                                                     },
    {"postfix.generic",        N_("Addresses are not rewritten after signing"),
     N_("smtp_generic_maps changes From and Sender on the way out: the signature no longer "
        "fits, and From is another domain."),
     doctor_postfix_generic                                                                                        },
    {"postfix.masquerade",     N_("Masquerading does not change who signs"),
     N_("masquerade_domains cuts host names off addresses: the domain that is left must be "
        "the one that signs."),
     doctor_postfix_masquerade                                                                                     },
    {"postfix.rewriting",
     N_("Mail of strangers is not rewritten before it is verified"),
     N_("Rewriting the header of incoming mail breaks its signatures before the milter sees "
        "them."),
     doctor_postfix_rewriting                                                                                      },
    {"postfix.hostname",       N_("The host's name leads to it and back"),
     N_("Receivers compare the name in EHLO with DNS and reverse DNS."),
     doctor_postfix_hostname                                                                                       },
    {"postfix.mynetworks",     N_("Only own networks may relay"),
     N_("Whoever is in mynetworks may send as anybody; it is how open relays come about."),
     doctor_postfix_mynetworks                                                                                     },
    {"postfix.relayhost",      N_("The relay host can be found"),
     N_("All mail leaves through it, so it must exist, and SPF must name its addresses."),
     doctor_postfix_relayhost                                                                                      },
    {"postfix.lifetime",       N_("Mail stays in the queue for days"),
     N_("Receivers ask a sender to come again, for greylisting or DNS trouble; a signature "
        "with x= must outlive the queue."),
     doctor_postfix_lifetime                                                                                       },
    {"postfix.hold",           N_("Nobody waits in the hold queue"),
     N_("Mail on hold is seen by nobody until somebody looks: policy.quarantine = hold needs "
        "a person."),
     doctor_postfix_hold                                                                                           },
    {"resolver.answers",       N_("The resolver answers"),
     N_("Without DNS there is no verdict, only temperror."),                                doctor_resolver_answers},
    {"resolver.local",         N_("The resolver is on this host"),
     N_("An answer that travels in the clear can be forged, and a public resolver is refused "
        "by blocklists."),
     doctor_resolver_local                                                                                         },
    {"resolver.edns",          N_("The resolver speaks EDNS"),
     N_("DKIM keys do not fit into 512 octets: without EDNS each costs a second question "
        "over TCP."),
     doctor_resolver_edns                                                                                          },
    {"resolver.tcp",           N_("The resolver answers over TCP"),
     N_("What does not fit into a datagram is asked again over TCP; where that is blocked "
        "large keys and records are missing."),
     doctor_resolver_tcp                                                                                           },
    {"resolver.validates",     N_("The resolver validates DNSSEC"),
     N_("Without validation a forged record is believed; DANE means nothing."),
     doctor_resolver_validates                                                                                     },
    {"resolver.anchor",        N_("A trust anchor is here"),
     N_("With it sceau proves DNSSEC itself and need not believe a flag."),
     doctor_resolver_anchor                                                                                        },
    {"clock.synchronised",     N_("The clock is right"),
     N_("Signatures carry times and expire; reports are made at midnight UTC."),
     doctor_clock_synchronised                                                                                     },
    {"state.present",          N_("The state directory is usable"),
     N_("Journal, counters and tempfails live there; without it nothing is remembered."),
     doctor_state_present                                                                                          },
    {"state.disk",             N_("The disk has room"),
     N_("A full disk loses journal records, and reports with them."),
     doctor_state_disk                                                                                             },
    {"keys.modes",             N_("Private keys are private"),
     N_("Whoever reads a key signs as the domain."),                                        doctor_keys_modes      },
    {"metrics.fresh",          N_("The milter tells how it is"),
     N_("milter.prom is written every 10 s: an old one means that the milter is gone or "
        "stuck."),
     doctor_metrics_fresh                                                                                          },
    {"journal.complete",       N_("No journal record was lost"),
     N_("What is not in the journal is in no report."),                                     doctor_journal_complete},
    {"journal.written",        N_("The journal grows with the mail"),
     N_("Counted messages without a segment mean that records go nowhere."),
     doctor_journal_written                                                                                        },
    {"journal.folded",         N_("The journal does not wait for the database"),
     N_("What waits is on this host's disk alone, in no report and on no page; at "
        "journal.limit records are lost."),
     doctor_journal_folded                                                                                         },
    {"journal.clients",        N_("Mail comes from more than one address"),
     N_("Behind a proxy or a filter that tells nobody who is in front of it, SPF judges its "
        "address, and networks are trusted for all or for none."),
     doctor_journal_clients                                                                                        },
    {"policy.own_domains",     N_("Nobody outside claims this host's own domains"),
     N_("Mail from outside that claims an own domain and proves nothing is a forgery, or a "
        "service that the domain's SPF and DKIM do not name."),
     doctor_policy_own_domains                                                                                     },
    {"tempfail.file",          N_("Tempfails are remembered"),
     N_("Who was sent away for DNS trouble is let in after the second time; a restart that "
        "forgets begins anew."),
     doctor_tempfail_file                                                                                          },
    {"store.answers",          N_("The store answers"),
     N_("While it is away reports wait, and so does the journal, on this host's disk; mail "
        "goes on."),
     doctor_store_answers                                                                                          },
    {"outbox.selftest",        N_("Reports to domain owners may leave"),
     N_("Reports that nobody can answer, or that fail DMARC, do more harm than good; none "
        "leaves before the self-test has passed."),
     doctor_outbox_selftest                                                                                        },
    {"failure.reports",        N_("Failure reports may leave"),
     N_("The milter takes samples, sceau-reportd tells them: where one of them cannot, nobody "
        "is told, and nothing says so."),
     doctor_failure_reports                                                                                        },
    {"zimbra.present",         N_("Zimbra keeps its own settings"),
     N_("Zimbra writes main.cf anew: what is changed there by hand is lost."),
     doctor_zimbra                                                                                                 },
};

const size_t doctor_check_count = sizeof doctor_checks / sizeof *doctor_checks;
