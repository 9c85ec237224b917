#include "config/machine.h"

#include "example.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/usher-machine-XXXXXX";

static void expect(bool live, const char *old, const char *new, const char *expected)
{
    expect_said(true, live, old, new, expected);
}

static void expect_data_dir(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void expect_data_dir(const char *path, const char *format, ...)
{
    char line[512];
    char expected[512];
    va_list args;
    snprintf(line, sizeof(line), "data_dir: %s%s", path[0] == '/' ? "" : folder,
             path[0] == '/' ? path : "");
    if (path[0] != '/')
        snprintf(line, sizeof(line), "data_dir: %s/%s", folder, path);
    va_start(args, format);
    vsnprintf(expected, sizeof(expected), format, args);
    va_end(args);
    expect(false, "data_dir: ./var", line, expected);
}

static void make(const char *name, bool file)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = file ? open(path, O_CREAT | O_WRONLY, 0600) : -1;
    assert_true(file ? fd >= 0 : mkdir(path, 0700) == 0);
    if (file)
        (void)close(fd);
}

static void data_dir(void **state)
{
    (void)state;
    char link[256];
    make("file", true);
    make("dir", false);
    make("odd", false);
    make("odd/journal", true);
    snprintf(link, sizeof(link), "%s/link", folder);
    assert_int_equal(symlink("/nowhere/at/all", link), 0);
    expect_data_dir("dir", "%s", "");
    expect_data_dir("dir/new/and/deep", "%s", "");
    expect_data_dir("file",
                    "t:1: data_dir: %s/file is there and is no folder; expected a folder, or a "
                    "place for one\n",
                    folder);
    expect_data_dir("file/var",
                    "t:1: data_dir: %s/file is there and is no folder; expected a folder, or a "
                    "place for one\n",
                    folder);
    expect_data_dir("link", "%s",
                    "t:1: data_dir: is a link to nothing; expected a folder, or a place for one\n");
    expect_data_dir("/proc/usher", "%s",
                    "t:1: data_dir: lies in a file system of the kernel's; expected a folder on a "
                    "disk\n");
    expect_data_dir("odd", "%s",
                    "t:1: data_dir: journal in it is no folder; expected usher's own, or none\n");
}

static void a_default_is_looked_at_too(void **state)
{
    (void)state;
    char before[1024];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(folder), 0);
    make("var", true);
    expect(
        false, "data_dir: ./var\n", "",
        "t:1: data_dir: ./var is there and is no folder; expected a folder, or a place for one\n");
    assert_int_equal(chdir(before), 0);
}

static void expect_keys(const char *expected)
{
    char line[512];
    snprintf(line, sizeof(line),
             "topology: {links: {due: \"tcp://10.0.0.2:7001\"}, curve_dir: %s/keys}\ndata_dir: %s",
             folder, folder);
    expect(false, "data_dir: ./var", line, expected);
}

static void curve_dir(void **state)
{
    (void)state;
    expect_keys("t:1: topology.curve_dir: cannot be read: No such file or directory; expected the "
                "folder of keys that \"usher keys\" made, as a link is tcp\n");
    make("keys", false);
    expect_keys("t:1: topology.curve_dir: holds no key of the bound ends (server); expected the "
                "folder of keys that \"usher keys\" made\n");
    make("keys/server", true);
    expect_keys(
        "t:1: topology.curve_dir: holds no secret key (NAME_secret); expected the folder of "
        "keys that \"usher keys\" made\n");
    make("keys/a_secret", true);
    make("keys/server_secret", true);
    expect_keys("");
    make("keys/b_secret", true);
    expect_keys("t:1: topology.curve_dir: holds the secrets of 2 hosts; expected this host's own "
                "only\n");
    expect(false, "data_dir: ./var", "topology: {curve_dir: /nowhere/at/all}\ndata_dir: /tmp", "");
}

static void listen_is_looked_at_with_live_only(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    char line[64];
    char expected[256];
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    unsigned port = ntohs(address.sin_port);
    snprintf(line, sizeof(line), "127.0.0.1:%u", port);
    snprintf(
        expected, sizeof(expected),
        "t:2: http.listen: another program listens on port %u already; expected a free one (is "
        "usher running?)\n",
        port);
    expect(true, "127.0.0.1:8080", line, expected);
    expect(false, "127.0.0.1:8080", line, "");
    (void)close(fd);
    expect(true, "127.0.0.1:8080", line, "");
    expect(
        true, "127.0.0.1:8080", "203.0.113.7:0",
        "t:2: http.listen: 203.0.113.7 is no address of this machine; expected one of its own, or "
        "0.0.0.0\n");
    expect(false, "127.0.0.1:8080", "203.0.113.7:0", "");
}

static int set_up(void **state)
{
    return mkdtemp(folder) == NULL || example_environment(state) != 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {
        "keys/server", "keys/a_secret", "keys/b_secret", "keys/server_secret",
        "keys",        "odd/journal",   "odd",           "dir",
        "file",        "link",          "var",           ""};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        if (unlink(path) != 0)
            (void)rmdir(path);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_dir), cmocka_unit_test(a_default_is_looked_at_too),
        cmocka_unit_test(curve_dir), cmocka_unit_test(listen_is_looked_at_with_live_only)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
