/* The store in memory: a skip list a table (W. Pugh, "Skip lists: a probabilistic alternative to
 * balanced trees", 1990) and an undo log, walked backwards by an abort. One thread. */
#include "base/assert.h"
#include "base/prng.h"
#include "store/backend.h"

#include <stdlib.h>

/* One node in four rises a level, so that twelve levels keep sixteen million keys quick. */
enum { LEVELS_MAX = 12 };

/* In one piece: the links, then the key. The value is on its own, because it is replaced. */
struct node {
    char *value;
    size_t value_len;
    uint16_t key_len;
    uint8_t levels;
    struct node *next[];
};

struct list {
    struct node *head; /* LEVELS_MAX levels, no key */
    uint64_t count;
};

/* What a change replaced. put of a new key: node, no value. put of an old key: node and its former
 * value. delete: the node itself, unlinked. */
struct change {
    enum { CHANGE_ADDED, CHANGE_REPLACED, CHANGE_DELETED } kind;
    enum table table;
    struct node *node;
    char *value;
    size_t value_len;
};

struct memory {
    struct store base;
    struct list lists[TABLE_COUNT];
    struct prng prng; /* always the same seed: levels decide nothing that can be seen */
    struct change *changes;
    size_t changes_count;
    size_t changes_cap;
    size_t readers;
    bool writing;
};

/* The last node of each level whose key is less than the one that was searched. */
struct path {
    struct node *before[LEVELS_MAX];
};

static struct memory *memory_of(struct store_txn *txn);
static struct slice key_of(const struct node *node);
static int compare(struct slice a, struct slice b);
static struct node *search(const struct list *list, struct slice key, struct path *path);
static struct node *search_equal(const struct list *list, struct slice key, struct path *path);
static struct node *node_new(struct slice key, unsigned levels);
static void node_free(struct node *node);
static void link_node(struct list *list, struct node *node, const struct path *path);
static void unlink_node(struct list *list, struct node *node, const struct path *path);
static char *copy_value(struct slice value);
static struct change *change_add(struct memory *memory);
static void forget_changes(struct memory *memory);
static void undo(struct memory *memory, const struct change *change);
static unsigned draw_levels(struct memory *memory);

static void memory_close(struct store *store)
{
    struct memory *memory = (struct memory *)store;
    ASSERT(memory->readers == 0 && !memory->writing);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        for (struct node *node = memory->lists[i].head, *next; node != NULL; node = next) {
            next = node->next[0];
            node_free(node);
        }
    free(memory->changes);
    free(memory);
}

static enum error memory_begin(struct store *store, bool write, struct store_txn **out)
{
    struct memory *memory = (struct memory *)store;
    ASSERT(!memory->writing && (!write || memory->readers == 0));
    struct store_txn *txn = calloc(1, sizeof *txn);
    if (txn == NULL)
        return ERROR_MEMORY;
    memory->writing = write;
    memory->readers += write ? 0 : 1;
    *out = txn;
    return ERROR_NONE;
}

static enum error memory_commit(struct store_txn *txn)
{
    struct memory *memory = memory_of(txn);
    forget_changes(memory);
    memory->writing = false;
    free(txn);
    return ERROR_NONE;
}

static void memory_abort(struct store_txn *txn)
{
    struct memory *memory = memory_of(txn);
    if (txn->write) {
        while (memory->changes_count > 0)
            undo(memory, &memory->changes[--memory->changes_count]);
        memory->writing = false;
    } else {
        memory->readers--;
    }
    free(txn);
}

static enum error memory_get(struct store_txn *txn, enum table table, struct slice key,
                             struct slice *value)
{
    struct path path;
    const struct node *node = search_equal(&memory_of(txn)->lists[table], key, &path);
    if (node == NULL)
        return ERROR_NOT_FOUND;
    *value = slice_of(node->value, node->value_len);
    return ERROR_NONE;
}

static enum error memory_put(struct store_txn *txn, enum table table, struct slice key,
                             struct slice value)
{
    struct memory *memory = memory_of(txn);
    struct list *list = &memory->lists[table];
    struct path path;
    struct node *node = search_equal(list, key, &path);
    struct change *change = change_add(memory);
    char *copy = copy_value(value);
    struct node *made = node == NULL ? node_new(key, draw_levels(memory)) : node;
    if (change == NULL || copy == NULL || made == NULL) {
        free(copy);
        if (node == NULL && made != NULL)
            node_free(made);
        return ERROR_MEMORY;
    }
    *change = (struct change){CHANGE_ADDED, table, made, NULL, 0};
    if (node != NULL)
        *change = (struct change){CHANGE_REPLACED, table, node, node->value, node->value_len};
    else
        link_node(list, made, &path);
    memory->changes_count++;
    made->value = copy;
    made->value_len = value.len;
    return ERROR_NONE;
}

static enum error memory_remove(struct store_txn *txn, enum table table, struct slice key)
{
    struct memory *memory = memory_of(txn);
    struct path path;
    struct node *node = search_equal(&memory->lists[table], key, &path);
    if (node == NULL)
        return ERROR_NOT_FOUND;
    struct change *change = change_add(memory);
    if (change == NULL)
        return ERROR_MEMORY;
    *change = (struct change){CHANGE_DELETED, table, node, NULL, 0};
    memory->changes_count++;
    unlink_node(&memory->lists[table], node, &path);
    return ERROR_NONE;
}

static enum error memory_seek(struct store_txn *txn, enum table table, struct slice from,
                              bool after, struct slice *key, struct slice *value)
{
    struct path path;
    const struct node *node = search(&memory_of(txn)->lists[table], from, &path);
    if (node != NULL && after && slice_equal(key_of(node), from))
        node = node->next[0];
    if (node == NULL)
        return ERROR_NOT_FOUND;
    *key = key_of(node);
    *value = slice_of(node->value, node->value_len);
    return ERROR_NONE;
}

static enum error memory_seek_back(struct store_txn *txn, enum table table, struct slice before,
                                   struct slice *key, struct slice *value)
{
    struct path path;
    const struct list *list = &memory_of(txn)->lists[table];
    (void)search(list, before, &path); /* what comes before is wanted, not what it found */
    const struct node *node = path.before[0];
    if (node == list->head)
        return ERROR_NOT_FOUND;
    *key = key_of(node);
    *value = slice_of(node->value, node->value_len);
    return ERROR_NONE;
}

static uint64_t memory_count(struct store_txn *txn, enum table table)
{
    return memory_of(txn)->lists[table].count;
}

static enum error memory_sync(struct store *store)
{
    (void)store;
    return ERROR_NONE;
}

static enum error memory_copy(struct store *store, const char *path, struct why *why)
{
    (void)store;
    return why_set(why, ERROR_INVALID, "a store in memory cannot be copied to %s", path);
}

static void memory_sizes(struct store *store, uint64_t *used, uint64_t *map)
{
    (void)store;
    *used = 0;
    *map = 0;
}

static const struct store_backend backend = {
    .close = memory_close,
    .begin = memory_begin,
    .commit = memory_commit,
    .abort = memory_abort,
    .get = memory_get,
    .put = memory_put,
    .append = memory_put,
    .remove = memory_remove,
    .seek = memory_seek,
    .seek_back = memory_seek_back,
    .count = memory_count,
    .sync = memory_sync,
    .copy = memory_copy,
    .sizes = memory_sizes,
};

enum error store_open_memory(struct store **out)
{
    *out = NULL;
    struct memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return ERROR_MEMORY;
    memory->base.backend = &backend;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        memory->lists[i].head = node_new(slice_of(NULL, 0), LEVELS_MAX);
        if (memory->lists[i].head == NULL) {
            memory_close(&memory->base);
            return ERROR_MEMORY;
        }
    }
    *out = &memory->base;
    return ERROR_NONE;
}

static struct memory *memory_of(struct store_txn *txn)
{
    return (struct memory *)txn->store;
}

static struct slice key_of(const struct node *node)
{
    return slice_of(&node->next[node->levels], node->key_len);
}

static int compare(struct slice a, struct slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.data, b.data, len) : 0;
    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

/* The first node whose key is not less than key. */
static struct node *search(const struct list *list, struct slice key, struct path *path)
{
    struct node *at = list->head;
    for (unsigned level = LEVELS_MAX; level-- > 0;) {
        while (at->next[level] != NULL && compare(key_of(at->next[level]), key) < 0)
            at = at->next[level];
        path->before[level] = at;
    }
    return at->next[0];
}

static struct node *search_equal(const struct list *list, struct slice key, struct path *path)
{
    struct node *node = search(list, key, path);
    return node != NULL && slice_equal(key_of(node), key) ? node : NULL;
}

static struct node *node_new(struct slice key, unsigned levels)
{
    struct node *node = malloc(sizeof *node + levels * sizeof node->next[0] + key.len);
    if (node == NULL)
        return NULL;
    *node = (struct node){NULL, 0, (uint16_t)key.len, (uint8_t)levels};
    for (unsigned level = 0; level < levels; level++)
        node->next[level] = NULL;
    if (key.len > 0)
        memcpy(&node->next[levels], key.data, key.len);
    return node;
}

static void node_free(struct node *node)
{
    free(node->value);
    free(node);
}

static void link_node(struct list *list, struct node *node, const struct path *path)
{
    for (unsigned level = 0; level < node->levels; level++) {
        node->next[level] = path->before[level]->next[level];
        path->before[level]->next[level] = node;
    }
    list->count++;
}

static void unlink_node(struct list *list, struct node *node, const struct path *path)
{
    for (unsigned level = 0; level < node->levels; level++) {
        ASSERT(path->before[level]->next[level] == node);
        path->before[level]->next[level] = node->next[level];
    }
    ASSERT(list->count > 0);
    list->count--;
}

/* Never NULL for want of bytes: an empty value has memory too. */
static char *copy_value(struct slice value)
{
    char *copy = malloc(value.len + 1);
    if (copy != NULL && value.len > 0)
        memcpy(copy, value.data, value.len);
    return copy;
}

/* Room for one more change, which the caller fills and counts. */
static struct change *change_add(struct memory *memory)
{
    if (memory->changes_count == memory->changes_cap) {
        size_t cap = memory->changes_cap > 0 ? memory->changes_cap * 2 : 64;
        struct change *grown = realloc(memory->changes, cap * sizeof *grown);
        if (grown == NULL)
            return NULL;
        memory->changes = grown;
        memory->changes_cap = cap;
    }
    return &memory->changes[memory->changes_count];
}

static void forget_changes(struct memory *memory)
{
    for (size_t i = 0; i < memory->changes_count; i++) {
        const struct change *change = &memory->changes[i];
        free(change->value);
        if (change->kind == CHANGE_DELETED)
            node_free(change->node);
    }
    memory->changes_count = 0;
}

static void undo(struct memory *memory, const struct change *change)
{
    struct list *list = &memory->lists[change->table];
    struct path path;
    switch (change->kind) {
    case CHANGE_ADDED:
        ASSERT(search_equal(list, key_of(change->node), &path) == change->node);
        unlink_node(list, change->node, &path);
        node_free(change->node);
        break;
    case CHANGE_REPLACED:
        free(change->node->value);
        change->node->value = change->value;
        change->node->value_len = change->value_len;
        break;
    case CHANGE_DELETED:
        ASSERT(search_equal(list, key_of(change->node), &path) == NULL);
        link_node(list, change->node, &path);
        break;
    }
}

static unsigned draw_levels(struct memory *memory)
{
    unsigned levels = 1;
    for (uint64_t bits = prng_next(&memory->prng); levels < LEVELS_MAX && (bits & 3) == 0;
         bits >>= 2)
        levels++;
    return levels;
}
