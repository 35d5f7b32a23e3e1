"""Sentences in C files that nothing marks as a text for people.

Read as tokens: a string literal with two words in it has to stand inside a call that looks
texts up or marks them (MARKERS), or in a table of the command line, whose help is English.
In the libraries it may also be a text that the tools extract from some other call, or one
that is no person's to read: ENGLISH says which, and why.
"""
import fnmatch
import os
import re

MARKERS = {
    "N_", "AS_IS", "language_text", "language_sentence", "complain_text", "complain_in", "COMPLAIN", "ENV_SAY",
    "environment_say", "environment_word", "environment_complain", "ENV_USAGE", "environment_usage", "KEY_SAY",
    "database_prepare", "assert", "PROBLEM", "problem_tell", "complain_file", "REFUSE", "_Static_assert", "static_assert",
}
TOKEN = re.compile(r"""
    (?P<comment>/\*.*?\*/ | //[^\n]*) |
    (?P<directive>^[ \t]*\#(?:[^\n\\]|\\.)*) |
    (?P<string>"(?:[^"\\\n]|\\.)*") |
    (?P<character>'(?:[^'\\\n]|\\.)*') |
    (?P<word>[A-Za-z_]\w*) |
    (?P<sign>[^\s\w])
""", re.X | re.S | re.M)
SENTENCE = re.compile(r"(?<![\w.-])[A-Za-z]{2,}[,:;]? [A-Za-z]*[a-z]{2,}(?![\w.-])")
COMMAND_TABLE = re.compile(r"^(?:static )?const struct cli_(?:option|example|command|program)\b")


# Libraries whose texts a person at a terminal reads. What else libsceau says goes through the calls that
# tools/messages.py names.
LIBRARIES = ("alert", "check", "config", "doctor", "file", "insight", "keys", "language", "outbox", "records", "remote",
             "setup", "store", "zone")
# What is English there: (files, a pattern of the text, why). "*" matches all of a file.
ENGLISH = [
    ("src/config/table.c", "[a-z]*[!.]", "the words of a choice; descriptions begin with a capital (config_test)"),
    ("src/config/cli_*.c", "*", "--help and manuals"),
    ("src/config/print.c", "*", "sceau.conf and its manual"),
    ("src/keys/client.c", "*", "the milter's log"),
    ("src/keys/signer.c", "*", "the milter's log"),
    ("src/keys/import.c", "DKIM *:", "Zimbra's words"),
    ("src/keys/state.c", "*# DKIM keys of *", "the head of a file of the store"),
    ("src/keys/state.c", ", written by sceau key*", "the same"),
    ("src/keys/zonetext.c", "*; ----- DKIM key *", "a comment that receivers and BIND's tools know"),
    ("src/zone/lint_name.c", "DKIM key ", "the same comment"),
    ("src/records/policy.c", "*DKIM key *", "the same comment"),
    ("src/records/print.c", "update *", "nsupdate"),
    ("src/setup/zimbra.c", "<key name=*", "XML"),
    ("src/remote/webhook.c", "Authorization: *", "HTTP"),
    ("src/alert/letter.c", "*From: *", "a mail's header"),
    ("src/outbox/*.c", "*: *\\r\\n*", "a mail"),
    ("src/outbox/*.c", "DMARC failure report:*", "a mail's subject"),
    ("src/outbox/*.c", "Report Domain: *", "the subject that RFC 9990 wants"),
    ("src/outbox/mail.c", "for the day *", "a mail to another host's people"),
    ("src/outbox/failure_*.c", "*", "the same"),
    ("src/outbox/record_error.c", "*", "the report's text in English, as RFC 9990's lang has it by default"),
    ("src/store/*.c", "PRAGMA *", "SQL"),
    ("src/*/*.c", "*SELECT *", "SQL"),
    ("src/*/*.c", "*UPDATE *", "SQL"),
    ("src/*/*.c", "*INSERT *", "SQL"),
    ("src/*/*.c", "*DELETE *", "SQL"),
    ("src/*/*.c", "*CREATE *", "SQL"),
    ("src/*/*.c", "*GROUP BY *", "SQL"),
    ("src/store/re*.c", "*", "SQL"),
    ("src/store/failure_write.c", "Date of arrival", "a field of failure reports as others write it"),
    ("src/store/journal.c", "*", "the milter's log"),
    ("src/check/*.c", "v=*", "a record"),
    ("src/check/summary.c", "*", "MXToolbox's words, in its language"),
    ("src/check/lint_dmarc.c", "*", "words of other languages, and tags"),
    ("src/check/dmarc_edit.c", "none quarantine reject", "values"),
    ("src/check/mx.c", "192.0.2.1 ; *", "a line of a zone"),
    ("src/check/mtasts_rules.c", "`version: *", "a policy's text"),
    ("src/doctor/*.c", "* && *", "commands"),
    ("src/doctor/*.c", "sudo *", "a command"),
    ("src/doctor/*.c", "zmprov *", "a command"),
    ("src/zone/diff.c", "*No newline at end of file*", "diff(1)"),
    ("src/insight/reports.c", "*", "an assertion"),
]

LOGS = {"landlock.c", "seccomp.c", "seccomp_none.c", "user.c", "web_request.c"}  # of apps/common: only daemons say these


def files(root):
    """The C files whose texts a person at a terminal reads; a daemon's texts are a log's."""
    for folder in ("apps/sceau", "apps/common"):
        base = os.path.join(root, folder)
        for name in sorted(os.listdir(base)) if os.path.isdir(base) else ():
            if name.endswith((".c", ".h")) and not (folder == "apps/common" and name in LOGS):
                yield os.path.join(base, name)


def tokens(text):
    """(kind, text, line) without comments, directives and blanks; neighbouring strings are one."""
    last = None
    for match in TOKEN.finditer(text):
        kind, what = match.lastgroup, match[0]
        if kind in ("comment", "directive"):
            continue
        if kind == "string" and last and last[0] == "string":
            last = ("string", last[1] + what[1:-1], last[2])
            continue
        if last:
            yield last
        line = text.count("\n", 0, match.start()) + 1
        last = (kind, what[1:-1] if kind == "string" else what, line)
    if last:
        yield last


def sentences(text):
    """(line, sentence) of each that nothing marks."""
    calls, statement, word = [], [], ""
    for kind, what, line in tokens(text):
        if kind == "sign" and what == "(":
            calls.append(word)
        elif kind == "sign" and what == ")" and calls:
            calls.pop()
        elif kind == "sign" and what in ";}" and not calls and (what == ";" or "=" not in statement):
            statement = []
            continue
        elif kind == "string" and SENTENCE.search(what.replace("\\n", "\n")):
            is_marked = any(call in MARKERS for call in calls)
            if not is_marked and not COMMAND_TABLE.match(" ".join(statement[:4])):
                yield line, what
        word = what if kind == "word" else ""
        statement.append(what)


def library_files(root):
    for module in LIBRARIES:
        base = os.path.join(root, "src", module)
        for name in sorted(os.listdir(base)) if os.path.isdir(base) else ():
            if re.search(r"(?<!_test)(?<!_fuzz)\.[ch]$", name):
                yield os.path.join(base, name)


def is_english(path, text):
    return any(fnmatch.fnmatchcase(path, files) and fnmatch.fnmatchcase(text, words) for files, words, _ in ENGLISH)


def plain(literal):
    """The text of a string literal as a po file has it."""
    return literal.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\")


def system_words(text):
    """Lines that show what strerror says: English, whoever reads."""
    return [text.count("\n", 0, m.start()) + 1 for m in re.finditer(r"complain\([^;]*\bstrerror\(", text)]


def problems(root, extracted=frozenset()):
    """A line for each sentence that is marked for nobody. `extracted`: the texts that the tools find."""
    for path in files(root):
        with open(path, encoding="utf-8") as f:
            code = f.read()
        where = os.path.relpath(path, root)
        for line, text in sentences(code):
            yield (f"{where}:{line}: \"{text}\" is not marked: N_() and a look-up, COMPLAIN(), "
                   "ENV_SAY(); or AS_IS() when it is the same in every language")
        for line in system_words(code):
            yield f"{where}:{line}: strerror says it in English: complain_errno() or language_strerror()"
    for path in library_files(root):
        with open(path, encoding="utf-8") as f:
            code = f.read()
        where = os.path.relpath(path, root)
        for line, text in sentences(code):
            if plain(text) not in extracted and not is_english(where, text):
                yield (f"{where}:{line}: \"{text}\" is not marked: N_() and a look-up, PROBLEM(); AS_IS() when it is the "
                       "same in every language, and a row of ENGLISH in tools/unmarked.py when no person reads it")
