"""Installs what the benches need and this machine lacks, and builds the programs."""
import os
import shutil
import subprocess
import sys

import lib

# What must be there: a command, or a file, and the Debian package that brings it.
NEEDED = (
    ("gnuplot", "gnuplot-nox"),
    ("redis-server", "redis-server"),
    ("beanstalkd", "beanstalkd"),
    ("/usr/include/hiredis/hiredis.h", "libhiredis-dev"),
    ("/usr/include/postgresql/libpq-fe.h", "libpq-dev"),
    ("node", "nodejs"),
    ("npm", "npm"),
)
PROGRAMS = ("empty_server", "empty_library", "fsync", "door", "queue", "ledger", "sale", "peer_redis",
            "peer_beanstalkd", "peer_postgres")

# The packages would start a Redis, a beanstalkd and a PostgreSQL of their own; nobody asked for those.
INSTALL = """set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >$policy
    chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 || {
    apt-get update -q >/dev/null
    apt-get install -y -q --no-install-recommends "$@" >/dev/null
}"""


def install():
    missing = [package for need, package in NEEDED if not there(need)]
    if not has_postgres():
        missing.append("postgresql")
    if not missing:
        return
    become = [] if os.geteuid() == 0 else ["sudo"]
    if become and not shutil.which("sudo"):
        lib.say("not installed, for want of root: " + " ".join(missing))
        return
    lib.say("installing " + " ".join(missing))
    if subprocess.run([*become, "sh", "-c", INSTALL, "sh", *missing]).returncode != 0:
        lib.say("not all could be installed; what is missing is left out")


def there(need):
    if need.startswith("/"):
        return os.path.exists(need)
    return shutil.which(need) or shutil.which(need, path="/usr/sbin:/usr/local/sbin")


def has_postgres():
    try:
        lib.find_postgres("initdb")
        return True
    except lib.Missing:
        return False


def build(root, folder):
    """usher must build; a peer's client that does not is left out of the table."""
    make = ["make", "-s", "-C", root, "BUILD=" + folder, "-j%d" % (os.cpu_count() or 2)]
    if subprocess.run([*make, "all"]).returncode != 0:
        sys.exit("bench/run: usher does not build")
    subprocess.run([*make, "-k", *(os.path.join(folder, "bench", name) for name in PROGRAMS)])
