/* One question and its users; lists of questions. */
#include "livequestion.h"

#include "wait.h"

#include <stdlib.h>

void
live_questions_append(struct live_questions *list, struct live_question *question)
{
    question->next = NULL;
    question->previous = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = question;
    list->last = question;
    list->count++;
}

void
live_questions_remove(struct live_questions *list, struct live_question *question)
{
    *(question->previous != NULL ? &question->previous->next : &list->first) =
        question->next;
    *(question->next != NULL ? &question->next->previous : &list->last) =
        question->previous;
    list->count--;
}

struct live_question *
live_question_new(struct live *live, struct sceau_slice name, uint16_t type,
                  bool is_awaited)
{
    struct live_question *question = calloc(1, sizeof *question);
    struct dns_name wire;
    if (question == NULL || !dns_name_from_asked(name, &wire)) {
        free(question);
        return NULL;
    }
    dns_name_escape(dns_name_slice(&wire), question->name);
    question->type = type;
    question->live = live;
    question->is_awaited = is_awaited;
    question->users = is_awaited ? 2 : 1;
    wait_condition_init(&question->done);
    return question;
}

void
live_question_release(struct live_question *question)
{
    if (--question->users > 0)
        return;
    pthread_cond_destroy(&question->done);
    free(question->reply.packet);
    free(question);
}

void
live_question_finish(struct live_question *question, struct live_reply reply)
{
    question->reply = reply;
    question->is_done = true;
    pthread_cond_signal(&question->done);
    live_question_release(question);
}
