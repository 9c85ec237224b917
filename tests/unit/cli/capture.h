/* Runs a verb as main would and keeps what it prints. */
#ifndef USHER_TESTS_UNIT_CLI_CAPTURE_H
#define USHER_TESTS_UNIT_CLI_CAPTURE_H

#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct capture {
    int code;
    char out[16384];
    char err[16384];
};

static inline int capture_begin(FILE *stream, FILE *file)
{
    assert_non_null(file);
    assert_int_equal(fflush(stream), 0);
    int saved = dup(fileno(stream));
    assert_true(saved >= 0);
    assert_true(dup2(fileno(file), fileno(stream)) >= 0);
    return saved;
}

static inline void capture_end(FILE *stream, FILE *file, int saved, char *text, size_t size)
{
    assert_int_equal(fflush(stream), 0);
    assert_true(dup2(saved, fileno(stream)) >= 0);
    assert_int_equal(close(saved), 0);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

/* words: the verb and what follows it, up to NULL. */
static inline struct capture *capture_run(int (*verb)(int argc, char **argv),
                                          const char *const *words)
{
    static struct capture capture;
    char *argv[16] = {NULL};
    int argc = 0;
    for (; words[argc] != NULL; argc++) {
        assert_true(argc < 15);
        argv[argc] = strdup(words[argc]);
        assert_non_null(argv[argc]);
    }
    char *owned[16];
    memcpy(owned, argv, sizeof(argv)); /* getopt moves them about */
    FILE *out = tmpfile();
    FILE *err = tmpfile();
    int saved_out = capture_begin(stdout, out);
    int saved_err = capture_begin(stderr, err);
    capture.code = verb(argc, argv);
    capture_end(stdout, out, saved_out, capture.out, sizeof(capture.out));
    capture_end(stderr, err, saved_err, capture.err, sizeof(capture.err));
    for (int i = 0; i < argc; i++)
        free(owned[i]);
    return &capture;
}

#define RUN(verb, ...) capture_run(verb, (const char *const[]){__VA_ARGS__, NULL})

#endif
