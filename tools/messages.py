"""What the tools for translations share: which texts the code has, which the po files.

gettext's own programs read C and po files; here are their results as dictionaries.
"""
import os
import re
import struct
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEYWORDS = ["--keyword", "--keyword=N_", "--keyword=language_text:2", "--keyword=language_sentence:3",
            "--keyword=ENV_SAY:2", "--keyword=environment_word:2", "--keyword=environment_complain:2",
            "--keyword=COMPLAIN:2", "--keyword=complain_text:2",
            "--keyword=ENV_USAGE:2", "--keyword=environment_usage:2", "--keyword=FAIL:2", "--keyword=FAIL_TEXT:2",
            # Reasons of libsceau: English where they are made, looked up by the program that shows them.
            "--keyword=cursor_fail:2", "--keyword=cursor_expect:3", "--keyword=fail_at:3", "--keyword=refuse:3",
            "--keyword=zone_fail:2", "--keyword=zone_fail_at:3", "--keyword=zone_expect_word:2",
            "--keyword=judge_refuse:3", "--keyword=spf_exception:3", "--keyword=sceau_dns_answer_without:4", "--keyword=dns_answer_without:4",
            # The rows of src/config/table.c.
            "--keyword=OPTION:5", "--keyword=CHOICE:5", "--keyword=RANGE:7", "--keyword=SECTION:2",
            "--keyword=NAMED_SECTION:4", "--keyword=NAMED_SECTION_AS:5",
            "--keyword=REFUSE:4", "--keyword=PROBLEM:2", "--keyword=complain_file:3",
            "--flag=N_:1:no-c-format", "--flag=language_text:2:no-c-format", "--flag=language_sentence:3:no-c-format"]
HEADER = """msgid ""
msgstr ""
"Language: fr\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def run(*command):
    """Standard output; the program's own words and an exception when it fails."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                            env={**os.environ, "LC_ALL": "C"})
    if result.returncode != 0:
        raise SystemExit(f"{command[0]}: exit status {result.returncode}")
    return result.stdout


def modules(root=ROOT):
    """{module: its .c and .h files}, of src/ and apps/; tests and fuzz targets say nothing to people."""
    found = {}
    for top in ("src", "apps"):
        for base, _, names in os.walk(os.path.join(root, top)):
            files = [os.path.join(base, n) for n in sorted(names) if re.search(r"(?<!_test)(?<!_fuzz)\.[ch]$", n)]
            found.setdefault(os.path.basename(base), []).extend(files)
    return {module: files for module, files in found.items() if files}


def template(files, root=ROOT):
    """The .pot text of some C files, without a header; empty when they have no text."""
    names = [os.path.relpath(f, root) for f in files]
    pot = run("xgettext", "--language=C", "--from-code=UTF-8", "--omit-header", "--add-location=file",
              "--no-wrap", "--directory", root, "--output=-", *KEYWORDS, *names)
    entries = pot.replace(b"#, no-c-format\n", b"").split(b"\n\n")
    return b"\n\n".join(e for e in entries if not e.rstrip().endswith(b'msgid ""\nmsgstr ""'))


def read_mo(data):
    """{English: French} of a .mo image (gettext manual, section 10.3)."""
    _, _, count, originals, translations = struct.unpack_from("<5I", data)

    def text(table, i):
        length, offset = struct.unpack_from("<2I", data, table + 8 * i)
        return data[offset:offset + length].decode("utf-8")
    pairs = ((text(originals, i), text(translations, i)) for i in range(count))
    return {english: french for english, french in pairs if english}


def translations(path):
    """{English: French} of a po file; what is fuzzy or not translated is not in it."""
    return read_mo(run("msgfmt", "--check-format", "--check-domain", "--endianness=little", "--output-file=-", path))


def with_spaces(french):
    """What French puts between a word and a sign never ends a line: a no-break space before a colon and within guillemets, a
    narrow one before ; ! ?. Plain spaces stand in the po files, which people write. `code` is left alone."""
    parts = french.split("`")
    for n in range(0, len(parts), 2):
        part = re.sub("\u00ab[ \u00a0\u202f]", "\u00ab\u00a0", parts[n])
        part = re.sub("[ \u00a0\u202f]\u00bb", "\u00a0\u00bb", part)
        before = r"(?:(?<=[^\s\u00ab])|^)" if n > 0 else r"(?<=[^\s\u00ab])"
        part = re.sub(before + r"[ \u00a0\u202f]:(?=\s|$)", "\u00a0:", part)
        part = re.sub("^\u00a0(?=[;!?])", "\u202f", part)  # what stands before it is a hole of another text
        parts[n] = re.sub(before + r"[ \u00a0\u202f]([;!?]+)(?=[\s)\u00a0\u00bb]|$)", "\u202f\\1", part)
    return "`".join(parts)


def texts(files, root=ROOT):
    """The English texts of some C files."""
    pot = template(files, root)
    if not pot:
        return set()
    with tempfile.NamedTemporaryFile(suffix=".po") as f:
        f.write(HEADER.encode() + b"\n" + pot)
        f.flush()
        run("msgen", "--output-file", f.name, f.name)
        return set(translations(f.name))


def po_files(root=ROOT):
    """{module: path}"""
    folder = os.path.join(root, "po", "fr.d")
    return {name[:-3]: os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".po")}


FORMS = re.compile(r"\{(\w+)\|[^{|}]*\|[^{|}]*\}")


def holes(text):
    """The names between braces, sorted; "{{" is a brace, and {count|one|many} no hole of its own."""
    return sorted(re.findall(r"\{(\w*)\}?", FORMS.sub("", text.replace("{{", ""))))


def forms(text):
    """The names that decide a form: {count|one|many}."""
    return set(FORMS.findall(text.replace("{{", "")))
