/* The rules about mail hosts, reverse DNS, DKIM and DMARC: for each a zone that meets it
 * and one that does not. */
#include "keys_testing.h"
#include "rules_testing.h"

#define MX        "example.com. MX 10 mail.example.com.\n"
#define MAIL      "mail.example.com. A 192.0.2.25\n"
#define PUBLIC    "mail.example.com. A 93.184.216.34\n"
#define PTR       "34.216.184.93.in-addr.arpa. PTR "
#define DOWN(t)   "$FAIL example.com. " t " TIMEOUT\n"
#define SPF       "example.com. TXT \"v=spf1 mx -all\"\n"
#define DMARC(r)  "_dmarc.example.com. TXT \"" r "\"\n"
#define RUA       " rua=mailto:r@example.com"
#define ALL_OF    "v=DMARC1; p=quarantine; np=reject;" RUA
#define KEY(s, r) s "._domainkey.example.com. TXT " r "\n"
#define RSA(s)    KEY(s, "\"v=DKIM1; k=rsa; p=\" " RSA_2048)
#define LOST      "$FAIL _dmarc.example.com. TXT SERVFAIL\n"

/* clang-format off */
static const struct rule_case mx_cases[] = {
    {MX MAIL, "mx.exists", "ok", "example.com. 300 IN MX 10 mail.example.com.", "there is one"},
    {"example.com. A 192.0.2.1\n", "mx.exists", "info", "implicit MX", "an address takes its place"},
    {"example.com. TXT \"x\"\n", "mx.exists", "problem", "example.com. 3600 IN MX 10 mail.example.com.", "neither"},
    {"other.test. A 192.0.2.1\n", "mx.exists", "problem", "does not exist", "no such name"},
    {DOWN("MX"), "mx.exists", "unknown", "no name server answered in time", "trouble is not absence"},
    {"example.com. TXT \"x\"\n" DOWN("A"), "mx.exists", "unknown", NULL, "nor is trouble with its address"},

    {MX MAIL SPF, "mx.sending_subdomain", "ok", NULL, "it sends and takes bounces"},
    {SPF, "mx.sending_subdomain", "warning", "example.com publishes SPF", "SPF without MX"},
    {DMARC("v=DMARC1; p=none"), "mx.sending_subdomain", "warning", "publishes DMARC", "DMARC without MX"},
    {RSA("s1"), "mx.sending_subdomain", "warning", "publishes DKIM", "a key without MX"},
    {"example.com. A 192.0.2.1\n", "mx.sending_subdomain", "skipped", NULL, "a host that does not send"},
    {SPF DOWN("MX"), "mx.sending_subdomain", "unknown", NULL, "trouble"},

    {MX MAIL, "mx.target_resolves", "ok", NULL, "it has an address"},
    {MX, "mx.target_resolves", "problem", "mail.example.com. 3600 IN A", "it has none"},
    {"example.com. MX 10 mail.example.com.example.com.\n", "mx.target_resolves", "problem",
     "example.com. 3600 IN MX 10 mail.example.com.", "its final dot is missing"},
    {MX "$FAIL mail.example.com. A SERVFAIL\n$FAIL mail.example.com. AAAA SERVFAIL\n", "mx.target_resolves", "unknown", NULL, "trouble"},
    {"example.com. MX 0 .\n", "mx.target_resolves", "skipped", NULL, "a null MX has no target"},

    {MX MAIL, "mx.target_cname", "ok", NULL, "a host"},
    {MX "mail.example.com. CNAME other.test.\nother.test. A 192.0.2.1\n", "mx.target_cname", "problem",
     "example.com. 3600 IN MX 10 other.test.", "an alias"},

    {MX MAIL, "mx.target_literal", "ok", NULL, "a name"},
    {"example.com. MX 10 192.0.2.1.\n", "mx.target_literal", "problem", "mail.example.com. 3600 IN A 192.0.2.1", "an address"},
    {"example.com. MX 10 192.0.2.1.example.com.\n", "mx.target_literal", "problem", "IN MX 10 mail.example.com.",
     "an address without its dot"},

    {MX PUBLIC, "mx.address_public", "ok", NULL, "public"},
    {MX "mail.example.com. A 10.0.0.1\n", "mx.address_public", "problem", "Remove 10.0.0.1", "private"},
    {MX MAIL, "mx.address_public", "problem", "192.0.2.25", "documentation"},

    {"example.com. MX 0 .\nexample.com. TXT \"v=spf1 -all\"\n", "mx.null_alone", "ok", NULL, "alone, and nobody may send"},
    {"example.com. MX 0 .\n" MX MAIL, "mx.null_alone", "problem", "Keep either", "beside a real one"},
    {"example.com. MX 0 .\n" SPF, "mx.null_alone", "problem", "lets somebody send", "beside an SPF that lets send"},
    {MX MAIL, "mx.null_alone", "skipped", NULL, "no null MX"},

    {MX MAIL, "mx.duplicate", "ok", NULL, "one"},
    {MX MAIL "example.com. MX 20 mail.example.com.\n", "mx.duplicate", "info", "Drop the extra", "one host twice"},
    {MX MAIL "example.com. MX 20 b.test.\nb.test. A 192.0.2.25\n", "mx.duplicate", "info", "the same host", "one address twice"},
    {MX MAIL "example.com. MX 20 b.test.\nb.test. A 192.0.2.26\n", "mx.duplicate", "ok", NULL, "two hosts"},

    {MX MAIL "mail.example.com. AAAA 2001:db8::1\n", "mx.ipv6", "ok", NULL, "it speaks IPv6"},
    {MX MAIL, "mx.ipv6", "info", "Add an AAAA for mail.example.com", "it does not"},
    {MX MAIL "$FAIL mail.example.com. AAAA SERVFAIL\n", "mx.ipv6", "unknown", NULL, "trouble"},

    {MX PUBLIC PTR "mail.example.com.\n", "host.ptr", "ok", NULL, "it has a PTR"},
    {MX PUBLIC, "host.ptr", "warning", "34.216.184.93.in-addr.arpa. 3600 IN PTR mail.example.com.", "it has none"},
    {MX PUBLIC "$FAIL 34.216.184.93.in-addr.arpa. PTR TIMEOUT\n", "host.ptr", "unknown", NULL, "trouble"},
    {MX PUBLIC PTR "mail.example.com.\n", "host.fcrdns", "ok", NULL, "there and back"},
    {MX PUBLIC PTR "other.test.\nother.test. A 192.0.2.1\n", "host.fcrdns", "warning", "other.test. 3600 IN A 93.184.216.34", "it leads elsewhere"},
    {MX PUBLIC PTR "other.test.\n$FAIL other.test. A SERVFAIL\n", "host.fcrdns", "unknown", NULL, "nobody knows whether it leads back"},
};

static const struct rule_case dkim_cases[] = {
    {RSA("s"), "dkim.published", "ok", "s (--selector)", "the selector named is there"},
    {RSA("mail") KEY("s", "\"v=DKIM1; p=\""), "dkim.published", "ok", "mail (a guess", "a common name is found and marked"},
    {MX, "dkim.published", "problem", "s._domainkey.example.com. 3600 IN TXT", "the selector named is not there"},
    {"$FAIL s._domainkey.example.com. TXT TIMEOUT\n", "dkim.published", "unknown", NULL, "trouble is not absence"},

    {RSA("s"), "dkim.syntax", "ok", NULL, "it reads"},
    {KEY("s", "\"v=DKIM1; k=rsa p=AAAA\""), "dkim.syntax", "problem", "no p=", "a semicolon is missing"},
    {KEY("s", "\"v=DKIM1; =x; p=\""), "dkim.syntax", "problem", "at octet 10", "a tag without name: the octet is told"},
    {KEY("s", "\"v=DKIM1; p=!!\""), "dkim.syntax", "problem", "not base64", "p is no base64"},
    {KEY("s", "\"v=DKIM1; p=AAAA\""), "dkim.syntax", "problem", "not an RSA public key", "p is no key"},
    {KEY("s", "\"v=DKIM1; k=dsa; p=AAAA\""), "dkim.syntax", "problem", "no key type", "an unknown k"},
    {KEY("s", "\"v=DKIM1; k=rsa\""), "dkim.syntax", "problem", "no p=", "no key at all"},
    {RSA("s") KEY("s", "\"v=DKIM1; p=AAAA\""), "dkim.syntax", "problem", "more than one", "two records"},
    {KEY("s", "\"hello\""), "dkim.syntax", "problem", NULL, "something else at the selector named"},

    {RSA("s"), "dkim.matches_key", "skipped", "key store", "there is no store yet"},
    {RSA("s"), "dkim.retired", "skipped", "key store", "the same"},

    {RSA("s"), "dkim.split", "ok", NULL, "split between strings"},
    {KEY("s", "\"v=DKIM1; p=AB\\\"CD\""), "dkim.split", "problem", "p=ABCD", "a quote inside"},
    {KEY("s", "\"v=DKIM1; p=MIIBIjAN\"") KEY("s", "\"BgkqhkiG\""), "dkim.split", "problem",
     "p=MIIBIjANBgkqhkiG", "the rest in a record of its own"},

    {RSA("s"), "dkim.owner", "ok", NULL, "nothing is missing"},
    {MX "s._domainkey.example.com.example.com. TXT \"v=DKIM1; k=ed25519; p=" ED25519 "\"\n", "dkim.owner", "problem",
     "s._domainkey.example.com. 300 IN TXT", "its final dot was missing"},
    {MX "s.example.com. TXT \"v=DKIM1; p=\"\n", "dkim.owner", "problem", "Move it from s.example.com", "without _domainkey"},
    {MX, "dkim.owner", "ok", NULL, "missing, and nowhere near"},

    {RSA("s"), "dkim.size", "ok", NULL, "2048 bits"},
    {KEY("s", "\"v=DKIM1; p=\" " RSA_1024), "dkim.size", "warning", "1024 bits", "1024 bits"},
    {KEY("s", "\"v=DKIM1; p=\" " RSA_512), "dkim.size", "problem", "512 bits", "512 bits"},
    {KEY("s", "\"v=DKIM1; p=\" " RSA_4352), "dkim.size", "info", "4352 bits", "larger than some read"},

    {RSA("s"), "dkim.revoked", "ok", NULL, "a key"},
    {KEY("s", "\"v=DKIM1; p=\""), "dkim.revoked", "problem", "v=DKIM1; p=", "an empty p"},
    {RSA("s") KEY("mail", "\"v=DKIM1; p=\""), "dkim.revoked", "ok", NULL, "a guess that is revoked is nobody's loss"},

    {RSA("s"), "dkim.testing", "ok", NULL, "no flag"},
    {KEY("s", "\"v=DKIM1; t=y; k=ed25519; p=" ED25519 "\""), "dkim.testing", "warning", "\"v=DKIM1; k=ed25519; p=", "t=y, taken out"},

    {RSA("s"), "dkim.hash", "ok", NULL, "any hash"},
    {KEY("s", "\"v=DKIM1; h=sha1; k=ed25519; p=" ED25519 "\""), "dkim.hash", "problem", "Remove h=", "SHA-1 only"},
    {KEY("s", "\"v=DKIM1; s=tlsrpt; k=ed25519; p=" ED25519 "\""), "dkim.hash", "problem", "Remove s=", "another service"},

    {RSA("s") KEY("k1", "\"v=DKIM1; k=ed25519; p=" ED25519 "\""), "dkim.ed25519_companion", "ok", NULL, "both"},
    {KEY("s", "\"v=DKIM1; k=ed25519; p=" ED25519 "\""), "dkim.ed25519_companion", "warning", "Sign with both", "Ed25519 alone"},
    {RSA("s"), "dkim.ed25519_companion", "skipped", NULL, "RSA alone is fine"},

    {KEY("s", "\"v=DKIM1; k=ed25519; p=" ED25519 "\""), "dkim.ed25519_raw", "ok", NULL, "32 octets"},
    {KEY("s", "\"v=DKIM1; k=ed25519; p=" ED25519_SPKI "\""), "dkim.ed25519_raw", "problem",
     "s._domainkey.example.com. 300 IN TXT \"v=DKIM1; k=ed25519; p=" ED25519 "\"", "44 octets: the right line is given"},
    {KEY("s", "\"v=DKIM1; k=ed25519; p=AAAA\""), "dkim.ed25519_raw", "problem", "3 octets", "neither"},

    {RSA("s"), "dkim.strict_identity", "ok", NULL, "no t=s"},
    {KEY("s", "\"v=DKIM1; t=s; k=ed25519; p=" ED25519 "\""), "dkim.strict_identity", "skipped", "t=s", "who signs is not known"},
};

static const struct rule_case dmarc_cases[] = {
    {DMARC(ALL_OF), "dmarc.exists", "ok", "names below it that have no record", "there is one"},
    {MX, "dmarc.exists", "problem", "_dmarc.example.com. 10800 IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.com\"", "there is none"},
    {"_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\n", "dmarc.exists", "ok", "step 2", "of a public suffix"},
    {DMARC("v=DMARC1"), "dmarc.exists", "problem", "neither a valid p nor a valid rua", "one that nobody can use"},
    {DMARC("v=DMARC1; p=no"), "dmarc.exists", "problem", "in place of the one that is there.\n_dmarc.example.com. 300 IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.com\"",
     "it is replaced: two records are none"},
    {DMARC("v=DMARC1; p=reject; p=none;" RUA), "dmarc.exists", "problem", "300 IN TXT \"v=DMARC1; p=reject; rua=mailto:r@example.com\"", "what it said stays"},
    {DMARC("v=DMARC; p=reject;" RUA), "dmarc.exists", "problem", "300 IN TXT \"v=DMARC1; p=reject; rua=", "nearly one"},
    {DMARC("v=DMARC1; p=none") DMARC("v=DMARC1; p=reject"), "dmarc.exists", "problem", "delete the others: several are none.\n\n", "no third one"},
    {"_dmarc.com. TXT \"v=DMARC1; p=x; p=y\"\n", "dmarc.exists", "problem", "the name above: it is the one that applies.\n\n", "nor one below the broken one"},
    {LOST, "dmarc.exists", "unknown", "SERVFAIL", "trouble is not absence"},

    {DMARC(ALL_OF), "dmarc.policy_enforced", "ok", "quarantine (p=quarantine", "quarantine"},
    {DMARC("v=DMARC1; p=none;" RUA), "dmarc.policy_enforced", "warning", "\"v=DMARC1; p=quarantine; rua=", "none"},
    {DMARC("v=DMARC1; p=quarantine; t=y;" RUA), "dmarc.policy_enforced", "warning", "lowered by t=y", "a trial"},
    {DMARC("v=DMARC1; p=quarantine; t=y;" RUA), "dmarc.policy_enforced", "warning", "MXToolbox goes by p=quarantine", "and where MXToolbox differs"},
    {MX, "dmarc.policy_enforced", "warning", "no policy", "no record"},
    {LOST, "dmarc.policy_enforced", "unknown", NULL, "trouble"},

    {MX MAIL DMARC(ALL_OF), "dmarc.reject_people", "skipped", NULL, "quarantine"},
    {MX MAIL RSA("s") DMARC("v=DMARC1; p=reject;" RUA), "dmarc.reject_people", "info", "RFC 9989 section 7.4", "people write from here"},
    {MX MAIL SPF DMARC("v=DMARC1; p=reject;" RUA), "dmarc.reject_people", "warning", "forwarding breaks SPF", "and only SPF can align"},
    {"example.com. MX 0 .\n" DMARC("v=DMARC1; p=reject;" RUA), "dmarc.reject_people", "skipped", "no people", "nobody writes from here"},

    {DMARC(ALL_OF), "dmarc.multiple", "ok", NULL, "one"},
    {DMARC(ALL_OF) DMARC("v=DMARC1; p=none"), "dmarc.multiple", "problem problem", "\"v=DMARC1; p=quarantine; np=reject; rua=", "two: the one that says most"},
    {LOST, "dmarc.multiple", "unknown", NULL, "trouble"},

    {DMARC("v = DMARC1 ; p=none ;" RUA ";"), "dmarc.syntax", "ok", NULL, "blanks and a final semicolon"},
    {DMARC("v=dmarc1; p=none"), "dmarc.syntax", "problem", "\"v=DMARC1; p=none\"", "letter case"},
    {DMARC("v=DMARC1 p=reject;" RUA), "dmarc.syntax", "problem", "\"v=DMARC1; p=reject; rua=", "a semicolon is missing"},
    {DMARC("p=reject; v=DMARC1"), "dmarc.syntax", "problem", "\"v=DMARC1; p=reject\"", "v is not first"},
    {DMARC("v=DMARC1; p=rejct;" RUA), "dmarc.syntax", "problem problem", "\"v=DMARC1; p=reject; rua=", "a typing error, and so no policy"},
    {DMARC("v=DMARC1;" RUA), "dmarc.syntax", "problem", "\"v=DMARC1; p=none; rua=", "p is missing"},
    {DMARC("v=DMARC1; sp=none; p=reject;" RUA), "dmarc.syntax", "warning", "\"v=DMARC1; p=reject; sp=none", "p does not stand second"},
    {MX, "dmarc.syntax", "skipped", NULL, "nothing to read"},

    {DMARC("v=DMARC1; p=aucun;" RUA), "dmarc.translated", "problem", "\"v=DMARC1; p=none; rua=", "French"},
    {DMARC("v=DMARC1; p=reject; sp=rejeter;" RUA), "dmarc.translated", "problem", "sp=reject", "French, for subdomains"},
    {DMARC(ALL_OF), "dmarc.translated", "ok", NULL, "English"},

    {DMARC(ALL_OF), "dmarc.place", "ok", NULL, "at its place"},
    {"example.com. TXT \"v=DMARC1; p=none\"\n", "dmarc.place", "warning", "_dmarc.example.com. 300 IN TXT", "at the bare name"},
    {"dmarc.example.com. TXT \"v=DMARC1; p=none\"\n", "dmarc.place", "warning", "Move it to _dmarc.example.com", "without the underscore"},
    {"_dmarc.example.com.example.com. TXT \"v=DMARC1; p=none\"\n", "dmarc.place", "warning", "covers no mail", "its final dot was missing"},
    {DMARC("v=spf1 -all"), "dmarc.place", "warning", "no DMARC record", "something else there"},
    {LOST, "dmarc.place", "unknown", NULL, "trouble"},

    {DMARC("v=DMARC1; p=none; pct=100"), "dmarc.pct", "ok", NULL, "100 does no harm"},
    {DMARC("v=DMARC1; p=reject; pct=10;" RUA), "dmarc.pct", "warning", "\"v=DMARC1; p=reject; rua=", "10"},
    {DMARC("v=DMARC1; p=reject; pct=ten;" RUA), "dmarc.pct", "warning", NULL, "no number"},

    {DMARC(ALL_OF), "dmarc.testing", "ok", NULL, "no trial"},
    {DMARC("v=DMARC1; p=reject; t=y"), "dmarc.testing", "info", "\"v=DMARC1; p=reject\"", "a trial"},

    {DMARC("v=DMARC1; p=none; sp=reject"), "dmarc.sp_weaker", "ok", NULL, "stronger"},
    {DMARC("v=DMARC1; p=reject; sp=none"), "dmarc.sp_weaker", "warning", "\"v=DMARC1; p=reject\"", "weaker"},

    {DMARC(ALL_OF), "dmarc.np", "ok", NULL, "np=reject"},
    {DMARC("v=DMARC1; p=none"), "dmarc.np", "info", "\"v=DMARC1; p=none; np=reject\"", "without"},

    {DMARC(ALL_OF), "dmarc.redundant", "skipped", NULL, "the organizational domain's own"},

    {DMARC(ALL_OF), "dmarc.alignment_strict", "skipped", NULL, "relaxed"},
    {SPF DMARC("v=DMARC1; p=none; aspf=s"), "dmarc.alignment_strict", "ok", NULL, "SPF of its own"},
    {DMARC("v=DMARC1; p=none; aspf=s"), "dmarc.alignment_strict", "warning", "\"v=DMARC1; p=none\"", "no SPF of its own"},
    {RSA("s") DMARC("v=DMARC1; p=none; adkim=s"), "dmarc.alignment_strict", "ok", NULL, "a key of its own"},

    {DMARC(ALL_OF), "dmarc.rua", "ok", NULL, "an address"},
    {DMARC("v=DMARC1; p=none"), "dmarc.rua", "warning", "rua=mailto:dmarc@example.com", "none"},
    {DMARC("v=DMARC1; p=none; rua=r@example.com"), "dmarc.rua", "warning warning", "rua=mailto:r@example.com", "without mailto"},

    {MX DMARC(ALL_OF), "dmarc.rua_delivers", "ok", NULL, "it takes mail"},
    {DMARC(ALL_OF), "dmarc.rua_delivers", "problem", "neither an MX nor an address", "it takes none"},
    {"example.com. MX 0 .\n" DMARC(ALL_OF), "dmarc.rua_delivers", "problem", "null MX", "it says so"},
    {MX DMARC("v=DMARC1; p=none; rua=mailto:dmarc-no-reply@example.com"), "dmarc.rua_delivers", "info", "does somebody read it?", "a question"},
    {DMARC(ALL_OF) DOWN("MX"), "dmarc.rua_delivers", "unknown", NULL, "trouble"},

    {DMARC(ALL_OF), "dmarc.external_auth", "ok", NULL, "its own domain"},
    {DMARC("v=DMARC1;p=quarantine;rua=mailto:non-local-user@example.net"), "dmarc.external_auth", "problem",
     "example.com._report._dmarc.example.net. 10800 IN TXT \"v=DMARC1\"", "the manual's example, without consent"},
    {DMARC("v=DMARC1;p=quarantine;rua=mailto:non-local-user@example.net")
     "example.com._report._dmarc.example.net. TXT \"v=DMARC1\"\n", "dmarc.external_auth", "ok", NULL, "and with"},
    {DMARC("v=DMARC1;p=none;ruf=mailto:f@example.net") "$FAIL example.com._report._dmarc.example.net. TXT TIMEOUT\n",
     "dmarc.external_auth", "unknown", NULL, "trouble"},

    {DMARC(ALL_OF), "dmarc.external_auth_open", "skipped", "--zone", "only a zone file tells"},

    {DMARC(ALL_OF), "dmarc.ruf", "ok", NULL, "none"},
    {DMARC("v=DMARC1; p=none; ruf=mailto:f@example.com"), "dmarc.ruf", "info", "personal data", "failure reports"},
    {DMARC("v=DMARC1; p=none;" RUA "; ruf=mailto:f@example.com; fo=1"), "dmarc.ruf", "info", "TXT \"v=DMARC1; p=none; rua=mailto:r@example.com\"",
     "what to paste is the record without"},

    {DMARC(ALL_OF), "dmarc.tags", "ok", NULL, "known ones"},
    {DMARC("v=DMARC1; p=none; rau=mailto:r@example.com"), "dmarc.tags", "info", "\"v=DMARC1; p=none; rua=mailto:r@example.com\"", "a typing error"},
    {DMARC("v=DMARC1; p=none; ri=86400; rf=afrf"), "dmarc.tags", "info info", "\"v=DMARC1; p=none\"", "what was removed"},
    {DMARC("v=DMARC1; p=none; psd=y"), "dmarc.tags", "warning", "public suffixes", "psd=y"},

    {SPF DMARC(ALL_OF), "dmarc.authenticates", "ok", NULL, "SPF"},
    {RSA("s") DMARC(ALL_OF), "dmarc.authenticates", "ok", NULL, "DKIM"},
    {DMARC(ALL_OF), "dmarc.authenticates", "problem", "neither an SPF record nor a DKIM key", "neither"},
    {DMARC(ALL_OF) "other._domainkey.example.com. TXT \"x\"\n", "dmarc.authenticates", "unknown", "--selector", "a key may be there"},
    {DMARC("v=DMARC1; p=none"), "dmarc.authenticates", "skipped", NULL, "nothing is asked"},
    {DMARC(ALL_OF) DOWN("TXT"), "dmarc.authenticates", "unknown", NULL, "trouble"},
};

/* Names below the organizational domain: seed 2's owner names among them. */
#define ORG  "_dmarc.example.com. TXT \"v=DMARC1;p=none\"\n"
#define SUB(r) "_dmarc.support.example.com. TXT \"" r "\"\n"
static const struct rule_case below_cases[] = {
    {ORG, "dmarc.exists", "ok", "its p applies to support.example.com", "_dmarc of the domain covers what is below"},
    {ORG SUB("v=DMARC1;p=none"), "dmarc.exists", "info", "names below it get the record of example.com, by RFC 9989 (unless this one says psd=n)",
     "_dmarc.support covers that name alone, whatever the manual says"},
    {ORG SUB("v=DMARC1;p=none;psd=n"), "dmarc.exists", "info", "and, by RFC 9989, from names below it", "with psd=n it covers them"},
    {ORG "_dmarc.support.example.com.example.com. TXT \"v=DMARC1;p=none\"\n", "dmarc.place", "warning",
     "covers no mail, neither by RFC 9989 nor by RFC 7489", "without a final dot in the zone"},
    {ORG SUB("v=DMARC1;p=none"), "dmarc.redundant", "info", "would inherit from example.com", "a copy"},
    {ORG SUB("v=DMARC1;p=reject"), "dmarc.redundant", "ok", NULL, "it says something else"},
    {ORG SUB("v=DMARC1;p=none"), "dmarc.np", "skipped", NULL, "np does not count here"},
    {"_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=quarantine\"\nsupport.example.com. A 192.0.2.1\n", "dmarc.policy_enforced", "ok",
     "quarantine (sp=quarantine at _dmarc.example.com); MXToolbox goes by p=none", "sp is in force, MXToolbox reads p"},
    {"_dmarc.example.com. TXT \"v=DMARC1; p=reject; np=none\"\n", "dmarc.policy_enforced", "warning", "np=none",
     "np is in force for a name that does not exist"},
    {"_dmarc.example.com. TXT \"v=DMARC1; p=none; aspf=s\"\nsupport.example.com. A 192.0.2.1\n", "dmarc.alignment_strict", "skipped",
     NULL, "a host that does not send"},
    {"example.com. MX 5 mx.example.com.\nsupport.example.com. TXT \"v=spf1 -all\"\n", "mx.sending_subdomain", "warning",
     "support.example.com. 3600 IN MX 10 mx.example.com.", "the MX of the domain above is proposed"},
    {"s._domainkey.example.com. TXT \"v=DMARC1\"\ns._domainkey.example.com. TXT \"v=DKIM1; p=\"\nsupport.example.com. A 192.0.2.1\n",
     "dkim.owner", "problem", "Move it from s._domainkey.example.com to s._domainkey.support.example.com", "a key for an alias domain, at its parent"},
};
/* clang-format on */

static void
run(const struct rule_case *cases, size_t count, const char *name)
{
    static const struct sceau_slice selectors[] = {
        {"s", 1}
    };
    struct check_options options = {
        .selectors = {selectors, 1}
    };
    for (size_t i = 0; i < count; i++)
        rule_check(&cases[i], name, "", options);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void
mail_hosts(void **state)
{
    (void)state;
    run(mx_cases, COUNT(mx_cases), "example.com");
}

static void
keys(void **state)
{
    (void)state;
    run(dkim_cases, COUNT(dkim_cases), "example.com");
}

static void
policies(void **state)
{
    (void)state;
    run(dmarc_cases, COUNT(dmarc_cases), "example.com");
}

static void
names_below(void **state)
{
    (void)state;
    run(below_cases, COUNT(below_cases), "support.example.com");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_hosts),
        cmocka_unit_test(keys),
        cmocka_unit_test(policies),
        cmocka_unit_test(names_below),
    };
    return cmocka_run_group_tests_name("check/rules", tests, unit_arena_up,
                                       unit_arena_down);
}
