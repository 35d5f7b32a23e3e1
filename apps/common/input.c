/* Messages from files, mboxes, Maildirs and standard input.
 *
 * Files on a Unix host end lines with LF where the wire had CRLF; signatures were made
 * over CRLF. The first line end of a file decides: LF, and every lone LF of that file is
 * made CRLF; CRLF, and the octets stay exactly as they are. An mbox is told by its first
 * five octets; "From " begins a message after an empty line, and one ">" of a line of
 * ">From " is taken away (the mboxrd way). */
#include "input.h"

#include "core/text.h"

#include <errno.h>
#include <stdlib.h>

enum {
    PIECE_SIZE = 64 * 1024 /* longer lines come in pieces */
};

bool
mail_input_open(struct mail_input *in, const char *path, struct problem *problem)
{
    *in = (struct mail_input){.path = path};
    in->buffer = malloc(PIECE_SIZE + 2);
    bool is_ok = in->buffer != NULL && file_list_add(&in->files, path);
    if (!is_ok)
        problem_tell_errno(problem, path, errno);
    else if (in->files.count == 0)
        problem_tell_file(problem, path, N_("the folder holds no message"));
    return is_ok && in->files.count > 0;
}

/* ---- pieces of lines ---- */

/* Read up to a line end or a full buffer into in->buffer. False at the end of the file. */
static bool
read_piece(struct mail_input *in)
{
    int c = EOF;
    in->len = 0;
    while (in->len < PIECE_SIZE && (c = getc_unlocked(in->file)) != EOF) {
        in->buffer[in->len++] = (char)c;
        if (c == '\n')
            break;
    }
    if (c == '\n')
        in->line++;
    return in->len > 0;
}

static bool
piece_ends_line(const struct mail_input *in)
{
    return in->len > 0 && in->buffer[in->len - 1] == '\n';
}

static bool
piece_is_empty_line(const struct mail_input *in)
{
    return in->starts_line && piece_ends_line(in) &&
           (in->len == 1 || (in->len == 2 && in->buffer[0] == '\r'));
}

/* "From " at the start of an mbox, or after an empty line of one. */
static bool
is_separator(const struct mail_input *in)
{
    return in->is_mbox && in->is_after_empty && in->starts_line && in->len >= 5 &&
           memcmp(in->buffer, "From ", 5) == 0;
}

/* Load the next piece; false at the end of the file. */
static bool
next_piece(struct mail_input *in)
{
    bool was_line_end = piece_ends_line(in);
    in->is_after_empty = piece_is_empty_line(in);
    in->starts_line = was_line_end;
    in->is_given = false;
    in->has_piece = read_piece(in);
    return in->has_piece;
}

/* ">From ", ">>From " … of an mbox: one ">" was put there by the mailbox. */
static void
unquote_from(struct mail_input *in)
{
    size_t quotes = 0;
    while (quotes < in->len && in->buffer[quotes] == '>')
        quotes++;
    if (quotes == 0 || in->len - quotes < 5 ||
        memcmp(in->buffer + quotes, "From ", 5) != 0)
        return;
    memmove(in->buffer, in->buffer + 1, --in->len);
}

static void
make_crlf(struct mail_input *in)
{
    if (!piece_ends_line(in) || (in->len > 1 && in->buffer[in->len - 2] == '\r'))
        return;
    in->buffer[in->len - 1] = '\r'; /* the buffer has room for one more octet */
    in->buffer[in->len++] = '\n';
}

/* ---- messages ---- */

static bool
open_next_file(struct mail_input *in, struct problem *problem)
{
    in->path = in->files.paths[in->files.next++];
    in->message = 0;
    in->line = 0;
    in->len = 0;
    in->file = strcmp(in->path, "-") == 0 ? stdin : fopen(in->path, "rb");
    if (in->file == NULL) {
        problem_tell_errno(problem, in->path, errno);
        return false;
    }
    errno = 0;
    if (!next_piece(in)) {
        if (ferror(in->file))
            problem_tell_errno(problem, in->path, errno);
        else
            problem_tell_file(problem, in->path, N_("the file is empty"));
        return false;
    }
    in->starts_line = true;
    in->is_after_empty = true;
    in->is_mbox = true;
    in->is_mbox = is_separator(in);
    in->has_lf_lines =
        !(piece_ends_line(in) && in->len > 1 && in->buffer[in->len - 2] == '\r');
    return true;
}

static void
close_file(struct mail_input *in)
{
    if (in->file != NULL && in->file != stdin)
        fclose(in->file);
    in->file = NULL;
    in->has_piece = false;
}

enum mail_input_step
mail_input_next(struct mail_input *in, struct problem *problem)
{
    struct sceau_slice skipped;
    while (in->file != NULL && mail_input_read(in, &skipped))
        continue;
    if (in->file != NULL && !in->has_piece)
        close_file(in);
    if (in->file == NULL) {
        if (in->files.next == in->files.count)
            return MAIL_INPUT_END;
        if (!open_next_file(in, problem)) {
            close_file(in);
            return MAIL_INPUT_BROKEN;
        }
    }
    if (is_separator(in)) {
        while (next_piece(in) && !in->starts_line)
            continue; /* the rest of a long separator */
        in->is_after_empty = false;
    }
    in->message++;
    return MAIL_INPUT_MESSAGE;
}

bool
mail_input_read(struct mail_input *in, struct sceau_slice *chunk)
{
    if (in->file == NULL || !in->has_piece || (in->is_given && !next_piece(in)) ||
        is_separator(in))
        return false;
    if (in->is_mbox && piece_is_empty_line(in)) {
        /* An empty line before a separator belongs to the mailbox, not the message. */
        if (!next_piece(in) || is_separator(in))
            return false;
        *chunk = SCEAU_SLICE("\r\n");
        return true;
    }
    if (in->is_mbox && in->starts_line)
        unquote_from(in);
    if (in->has_lf_lines)
        make_crlf(in);
    in->is_given = true;
    *chunk = (struct sceau_slice){in->buffer, in->len};
    return true;
}

void
mail_input_close(struct mail_input *in)
{
    close_file(in);
    file_list_clear(&in->files);
    free(in->buffer);
    *in = (struct mail_input){0};
}
