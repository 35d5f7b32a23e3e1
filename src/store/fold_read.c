/* Messages of a segment into the sums: for each a row of observation, its policy, and the keys
 * that this host signed with. Nothing is written here. */
#include "fold_inside.h"
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#define MICROSECONDS_OF_DAY (INT64_C(86400) * 1000000)
#define ROW_HASH_SIZE       16
#define HOST_MAX            255

static void
hash_begin(struct fold *f)
{
    if (EVP_DigestInit_ex(f->digest, f->sha256, NULL) != 1)
        f->has_failed = true;
}

static void
hash_add(struct fold *f, struct sceau_slice octets)
{
    if (EVP_DigestUpdate(f->digest, octets.ptr, octets.len) != 1)
        f->has_failed = true;
}

/* The first `size` octets of the hash. */
static struct sceau_slice
hash_end(struct fold *f, size_t size, uint8_t out[FOLD_HASH_SIZE])
{
    if (EVP_DigestFinal_ex(f->digest, out, NULL) != 1)
        f->has_failed = true;
    return (struct sceau_slice){(const char *)out, size};
}

static struct sceau_slice
hash_of(struct fold *f, struct sceau_slice octets, uint8_t out[FOLD_HASH_SIZE])
{
    hash_begin(f);
    hash_add(f, octets);
    return hash_end(f, FOLD_HASH_SIZE, out);
}

static struct sceau_slice
address_octets(const struct sceau_ip *ip)
{
    return (struct sceau_slice){(const char *)ip->octets, ip->version == 4 ? 4 : 16};
}

/* All that tells rows apart: what is in `row` and what has columns of its own. */
static struct sceau_slice
hash_row(struct fold *f, struct sceau_slice row, uint8_t out[FOLD_HASH_SIZE])
{
    const struct sceau_slice end = {"", 1};
    hash_begin(f);
    hash_add(f, address_octets(&f->record.ip));
    hash_add(f, f->record.header_from);
    hash_add(f, end);
    hash_add(f, f->record.envelope_from);
    hash_add(f, end);
    hash_add(f, row);
    return hash_end(f, ROW_HASH_SIZE, out);
}

static void
put_row(struct tally_key *key, const struct fold *f, int64_t day,
        struct sceau_slice policy_hash, struct sceau_slice row_hash)
{
    tally_key_begin(key);
    tally_key_text(key, f->message.policy_domain);
    tally_key_number(key, day);
    tally_key_octets(key, policy_hash);
    tally_key_octets(key, row_hash);
    tally_key_octets(key, address_octets(&f->record.ip));
    tally_key_text(key, f->record.header_from);
    tally_key_text(key, f->record.envelope_from);
}

static void
keep_payload(struct fold *f, struct fold_payloads *p, struct sceau_slice payload)
{
    if (p->count == p->size) {
        size_t size = p->size > 0 ? 2 * p->size : 64;
        struct sceau_slice *items = realloc(p->items, size * sizeof *items);
        if (items == NULL) {
            f->has_failed = true;
            return;
        }
        p->items = items;
        p->size = size;
    }
    p->items[p->count++] = payload;
}

static void
observe(struct fold *f, int64_t day, struct sceau_slice payload)
{
    uint8_t of_policy[FOLD_HASH_SIZE], of_row[FOLD_HASH_SIZE];
    struct text row = text_new(f->arena, FOLD_ROW_MAX);
    observation_of(&f->message, &f->record);
    observation_write(&row, &f->record);
    struct sceau_slice policy_hash = hash_of(f, f->message.record, of_policy);
    bool is_long = !fold_policies_note(&f->policies, policy_hash, f->message.record);
    put_row(&f->key, f, day, policy_hash, hash_row(f, text_so_far(&row), of_row));
    tally_key_text(&f->key, text_so_far(&row));
    f->counts.reported++;
    f->has_failed = f->has_failed || row.has_failed;
    if (is_long || f->key.is_long)
        keep_payload(f, &f->long_rows, payload);
    else
        tally_add(&f->observations, &f->key, 1, 0);
}

bool
fold_read_long(struct fold *f, struct sceau_slice payload, struct text *key,
               uint8_t of_policy[FOLD_HASH_SIZE])
{
    uint8_t of_row[FOLD_HASH_SIZE];
    struct text row = text_new(f->arena, FOLD_ROW_MAX);
    if (record_read(payload, &f->message) != SCEAU_OK)
        return false;
    observation_of(&f->message, &f->record);
    observation_write(&row, &f->record);
    struct sceau_slice policy_hash = hash_of(f, f->message.record, of_policy);
    put_row(&f->key, f, (int64_t)f->message.time_us / MICROSECONDS_OF_DAY, policy_hash,
            hash_row(f, text_so_far(&row), of_row));
    text_slice(key, (struct sceau_slice){f->key.octets, f->key.len});
    text_slice(key, text_so_far(&row));
    return !row.has_failed && !key->has_failed && !f->has_failed;
}

static void
count_keys(struct fold *f, int64_t day)
{
    for (size_t i = 0; i < f->message.selector_count; i++) {
        tally_key_begin(&f->key);
        tally_key_text(&f->key, record_signing_domain(&f->message));
        tally_key_text(&f->key, f->message.selectors[i]);
        tally_key_number(&f->key, day);
        tally_add(&f->key_uses, &f->key, 1, 0);
    }
}

/* A segment is of one host: its first record says whose. */
static void
remember_host(struct fold *f, struct fold_added *segment)
{
    int64_t time = (int64_t)(f->message.time_us / 1000000);
    struct sceau_slice host = f->message.host;
    if (segment->records == 1) {
        segment->host =
            slice_copy(f->names,
                       slice_sub(host, 0, host.len < HOST_MAX ? host.len : HOST_MAX));
    }
    segment->seen = time > segment->seen ? time : segment->seen;
}

static void
take_message(struct fold *f, struct fold_added *segment, struct sceau_slice payload)
{
    if (record_type(payload) == RECORD_FAILURE_SAMPLE) {
        if (f->samples != NULL)
            keep_payload(f, &f->given, payload);
        return;
    }
    if (record_read(payload, &f->message) != SCEAU_OK ||
        f->message.time_us > INT64_MAX) {
        segment->skipped++;
        return;
    }
    int64_t day = (int64_t)f->message.time_us / MICROSECONDS_OF_DAY;
    segment->records++;
    remember_host(f, segment);
    count_keys(f, day);
    if (observation_is_reported(&f->message, f->reports_refused))
        observe(f, day, payload);
    sceau_arena_clear(f->arena);
}

void
fold_read(struct fold *f, struct fold_added *segment, struct sceau_slice octets)
{
    struct frame_reader reader = {.octets = octets};
    struct sceau_slice payload;
    while (!f->has_failed && frame_next(&reader, &payload) == FRAME_GOOD)
        take_message(f, segment, payload);
    segment->skipped += reader.skipped;
}
