/* This machine: room and speed of the disk, the mirror, the last backup. */
#include "cli/doctor/doctor.h"

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/backup_mark.h"
#include "mirror/mirror.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SYNCS = 8, SLOW_MS = 100, BLOCK_BYTES = 4096, DISK_PERCENT = 5, BACKUP_DAYS = 7 };
#define ROOM_BYTES (UINT64_C(2) << 30)

static void look_at_room(struct doctor *doctor);
static void look_at_speed(struct doctor *doctor);
static void look_at_mirror(struct doctor *doctor);
static void look_at_backup(struct doctor *doctor);

void doctor_machine(struct doctor *doctor)
{
    struct stat status;
    if (stat(doctor->config->data_dir, &status) != 0) {
        bool none = errno == ENOENT;
        doctor_say(doctor, none ? HEALTH_NOTE : HEALTH_MISSING, "disk", "data_dir",
                   none ? NULL : "run usher doctor as the user that runs usher",
                   none ? "%s is not there yet: usher run makes it" : "%s cannot be looked into",
                   doctor->config->data_dir);
        return;
    }
    look_at_room(doctor);
    look_at_speed(doctor);
    look_at_mirror(doctor);
    look_at_backup(doctor);
}

static void look_at_room(struct doctor *doctor)
{
    struct statvfs disk;
    if (statvfs(doctor->config->data_dir, &disk) != 0)
        return;
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t all = (uint64_t)disk.f_blocks * disk.f_frsize;
    bool low = free_bytes < ROOM_BYTES || free_bytes < all / 100 * DISK_PERCENT;
    doctor_say(
        doctor, low ? HEALTH_MISSING : HEALTH_FINE, "disk", "room",
        low ? "make room, or let journal.keep and journal.archive_keep drop what is old: when "
              "the disk is full, payments are answered 503"
            : NULL,
        "%" PRIu64 " MiB of %" PRIu64 " MiB are free", free_bytes >> 20, all >> 20);
}

/* The slowest of a few; 0 when it cannot be written. */
static uint64_t time_syncs(const char *path)
{
    char block[BLOCK_BYTES] = "usher doctor\n";
    uint64_t slowest_us = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return 0;
    for (int i = 0; i < SYNCS; i++) {
        uint64_t before_us = clock_mono_us();
        if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block) || fdatasync(fd) != 0) {
            slowest_us = 0;
            break;
        }
        uint64_t took_us = clock_mono_us() - before_us;
        slowest_us = took_us > slowest_us ? took_us : slowest_us;
    }
    (void)close(fd);
    (void)unlink(path);
    return slowest_us;
}

static void look_at_speed(struct doctor *doctor)
{
    char path[DIRECTORY_PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s/doctor.%ld", doctor->config->data_dir, (long)getpid());
    uint64_t slowest_us = n > 0 && (size_t)n < sizeof(path) ? time_syncs(path) : 0;
    if (slowest_us == 0) {
        doctor_say(doctor, HEALTH_MISSING, "disk", "writing",
                   "run usher doctor as the user that runs usher; else give that user data_dir",
                   "%s cannot be written", doctor->config->data_dir);
        return;
    }
    bool slow = slowest_us > SLOW_MS * 1000;
    doctor_say(doctor, slow ? HEALTH_MISSING : HEALTH_FINE, "disk", "writing",
               slow ? "each payment waits for this: put data_dir on a local SSD, away from other "
                      "programs' writing"
                    : NULL,
               "the slowest of %d fdatasync took %" PRIu64 ".%" PRIu64 " ms", SYNCS,
               slowest_us / 1000, slowest_us / 100 % 10);
}

static void look_at_mirror(struct doctor *doctor)
{
    struct mirror_status standing;
    struct why why = {""};
    char time[32];
    if (!doctor->config->mirror_enabled)
        return;
    if (mirror_status(doctor->config->mirror_file, &standing, &why) != ERROR_NONE) {
        doctor_say(doctor, HEALTH_NOTE, "mirror", "mirror",
                   "it is made by usher run; else: usher mirror rebuild", "cannot be read: %.200s",
                   why.text);
        return;
    }
    clock_format_utc((int64_t)standing.at_ms, time, sizeof(time));
    doctor_say(doctor, standing.whole ? HEALTH_FINE : HEALTH_NOTE, "mirror", "mirror",
               standing.whole ? NULL : "wait: usher mirror status shows how far it is",
               "%s, as of %s, command %" PRIu64, standing.whole ? "whole" : "being built", time,
               standing.position);
}

static void look_at_backup(struct doctor *doctor)
{
    uint64_t now_ms = clock_real_ms();
    uint64_t at_ms = backup_mark_read(doctor->config->data_dir);
    uint64_t days = at_ms == 0 || at_ms > now_ms ? 0 : (now_ms - at_ms) / 86400000;
    if (at_ms == 0)
        doctor_say(doctor, HEALTH_NOTE, "backup", "backup",
                   "usher backup DIR, by a timer (docs/OPERATIONS.md)",
                   "none was made of this data_dir");
    else
        doctor_say(doctor, days >= BACKUP_DAYS ? HEALTH_MISSING : HEALTH_FINE, "backup", "backup",
                   days >= BACKUP_DAYS
                       ? "look at the timer: systemctl list-timers usher-backup.timer"
                       : NULL,
                   "the last one was made %" PRIu64 " days ago", days);
}
