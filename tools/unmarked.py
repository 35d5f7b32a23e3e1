"""Sentences in C files that nothing marks as a text for people.

Read as tokens: a string literal with two words in it has to stand inside a call that looks
texts up or marks them (MARKERS), or in a table of the command line, whose help is English.
"""
import os
import re

MARKERS = {
    "N_", "AS_IS", "language_text", "language_sentence", "complain_text", "complain_in", "COMPLAIN", "ENV_SAY",
    "environment_say", "environment_word", "environment_complain", "ENV_USAGE", "environment_usage", "KEY_SAY",
    "database_prepare", "assert",
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


def problems(root):
    """A line for each sentence that is marked for nobody."""
    for path in files(root):
        with open(path, encoding="utf-8") as f:
            for line, text in sentences(f.read()):
                yield (f"{os.path.relpath(path, root)}:{line}: \"{text}\" is not marked: N_() and a look-up, COMPLAIN(), "
                       "ENV_SAY(); or AS_IS() when it is the same in every language")
