"""Sections of RFCs as text: what tools/make-rfc-md and tools/check-citations share."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLES = os.path.join(ROOT, "doc", "rfc.d")

# "RFC 7208 section 4.6.4", "RFC 8601 sections 2.5 and 2.7.2", "RFC 6376 appendix A".
SECTION = r"[0-9A-Z]+(?:\.[0-9]+)*"
CITATION = re.compile(r"(?:RFC ?)?(\d{4}),? (?:sections?|appendix|appendices|§)? ?(" + SECTION +
                      r"(?:(?:, | and | or | to |, and )(?:sections? )?" + SECTION + r")*)")
IN_TEXT = re.compile(r"RFC ?(\d{4}),? (?:sections?|appendix|appendices) (" + SECTION +
                     r"(?:(?:, | and | or | to |, and )" + SECTION + r"(?![\w]))*)")


def sections(numbers):
    """["2.5", "2.7.2"] of "2.5 and 2.7.2"; a word that is no number is none."""
    return [s for s in re.split(r", and |, | and | or | to |sections? ", numbers)
            if re.fullmatch(r"\d+(\.\d+)*|[A-Z](\.\d+)*", s)]


def sort_key(section):
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in section.split(".")]


def rows():
    """(file, line, fields) of every line in doc/rfc.d."""
    for name in sorted(os.listdir(TABLES)):
        if not name.endswith(".tsv"):
            continue
        with open(os.path.join(TABLES, name), encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                if line.strip() and not line.startswith("#"):
                    yield f"doc/rfc.d/{name}", number, line.rstrip("\n").split("\t")


def cited(text):
    """[(rfc, section)] of a table's first column."""
    found = []
    for m in CITATION.finditer(text):
        found += [(m[1], s) for s in sections(m[2])]
    return found


def comment_text(source):
    """C text with the line ends inside of comments and strings undone."""
    return re.sub(r'\s*\n\s*(?:\*(?!/)|//)?\s*', " ", re.sub(r'"\s*\n\s*"', "", source))
