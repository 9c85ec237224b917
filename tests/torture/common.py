"""What the parts of the torture share: where programs are, scratch folders, many runs at once, and the tally."""
import concurrent.futures
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(HERE, "..", "..", "build")))
PROGRAMS = os.path.join(BUILD, "tests", "torture")
WORKLOAD = os.path.join(PROGRAMS, "store_workload")
PATIENCE = 120


def program(name):
    path = os.path.join(PROGRAMS, name)
    if not os.path.exists(path):
        raise SystemExit("%s is not there; build it with: make torture-programs" % path)
    return path


def scratch():
    """A folder for what need not outlive the test; in memory where there is such a place."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return os.path.realpath(tempfile.mkdtemp(prefix="usher-torture-", dir=place))


class Tally:
    """Counts what passed and keeps what failed; a failure says how to see it again."""

    def __init__(self, options):
        self.options = options
        self.passed = 0
        self.failures = []

    def add(self, name, problem):
        if problem is None:
            self.passed += 1
        else:
            self.failures.append(name)
            print("FAILED: %s: %s" % (name, problem), flush=True)

    def all(self, cases, run, at_once=None):
        """run(case) -> (name, problem or None) for each case, as many at once as there are cores."""
        with concurrent.futures.ThreadPoolExecutor(at_once or os.cpu_count() or 2) as pool:
            for name, problem in pool.map(run, cases):
                self.add(name, problem)


def execute(command, env=None, patience=PATIENCE):
    """The finished process; one that hangs counts as killed by SIGALRM."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=patience,
                              env={**os.environ, **env} if env else None)
    except subprocess.TimeoutExpired as expired:
        return subprocess.CompletedProcess(command, -14, "", "hangs: %s" % expired)


def verify(folder, acks):
    """Opens what a fault left; None, or what is wrong with it."""
    done = execute([WORKLOAD, "verify", folder, acks])
    return None if done.returncode == 0 else "afterwards: code %d, %s" % (
        done.returncode, (done.stderr + done.stdout).strip())


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
