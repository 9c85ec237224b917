#include "config/near.h"

static size_t distance(struct slice a, struct slice b);
static char fold(char c);
static size_t least(size_t a, size_t b);

const char *near_find(struct slice word, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t best_distance = 0;

    if (word.len == 0 || word.len > NEAR_WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        struct slice candidate = slice_from(words[i]);
        if (words[i] == NULL || candidate.len > NEAR_WORD_MAX)
            continue;
        size_t d = distance(word, candidate);
        size_t allowed = (word.len > candidate.len ? word.len : candidate.len) / 3;
        if (d <= allowed && (best == NULL || d < best_distance)) {
            best = words[i];
            best_distance = d;
        }
    }
    return best;
}

/* Optimal string alignment: Levenshtein's three rows with the swap of neighbours added. */
static size_t distance(struct slice a, struct slice b)
{
    size_t rows[3][NEAR_WORD_MAX + 1] = {{0}};
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *here = rows[2];

    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        here[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = fold(a.data[i - 1]);
            char y = fold(b.data[j - 1]);
            here[j] = least(least(above[j], here[j - 1]) + 1, above[j - 1] + (x != y ? 1 : 0));
            if (i > 1 && j > 1 && x == fold(b.data[j - 2]) && fold(a.data[i - 2]) == y)
                here[j] = least(here[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = above;
        above = here;
        here = spare;
    }
    return above[b.len];
}

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '-' ? '_' : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}
