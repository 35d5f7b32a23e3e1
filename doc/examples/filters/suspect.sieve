# Suspect mail goes into the folder Junk. For all users in Dovecot:
#
#   plugin { sieve_before = /etc/dovecot/sieve/suspect.sieve }    (and: sievec /etc/dovecot/sieve/suspect.sieve)
#
# Checked with Pigeonhole's sieve-test on messages of a sceau-milter.
require ["fileinto", "mailbox"];

# The first is sceau-milter's policy.fail_field; no copy of it from outside is left.
# The second is policy.suspect_field. Others set it too, content filters and forgers: all of them mean junk.
if anyof (header :is "X-DMARC-Fail-Policy" ["reject", "quarantine"],
          header :is "X-Spam-Flag" "YES") {
    fileinto :create "Junk";
    stop;
}
