/* Runs a fuzz target over its kept corpus without a fuzzer: the program's name NAME_fuzz_replay
 * says which, tests/fuzz/corpus/NAME holds the inputs. The empty input is always among them. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    enum { INPUT_MAX = 1 << 22 };
    uint8_t *bytes = malloc(INPUT_MAX);
    size_t len = bytes != NULL ? fread(bytes, 1, INPUT_MAX, file) : 0;
    (void)fclose(file);
    /* A copy of exactly the input's size, so that AddressSanitizer sees a read behind its end. */
    uint8_t *exact = malloc(len > 0 ? len : 1);
    if (bytes == NULL || exact == NULL)
        abort();
    memcpy(exact, bytes, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash != NULL ? slash + 1 : argv[0];
    const char *end = strstr(name, "_fuzz_replay");
    char path[1024];
    int count = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    (void)snprintf(path, sizeof path, "tests/fuzz/corpus/%.*s",
                   end != NULL ? (int)(end - name) : (int)strlen(name), name);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char file[2048];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (run_file(file) == 0)
            count++;
    }
    if (directory != NULL)
        (void)closedir(directory);
    (void)printf("%d inputs of %s\n", count, path);
    return 0;
}
