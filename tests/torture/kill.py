"""Kill: the process tests with kill -9 at random moments and their auditor, with many more rounds: of the whole, and of
each actor in a process of its own."""
import os
import subprocess
import sys

import common

ROUNDS = 200


def run(tally):
    if not tally.options.long:
        return  # make test has run it already, in its short form
    print("kill: %d rounds of each kind" % ROUNDS, flush=True)
    runner = os.path.join(common.HERE, "..", "process", "run")
    done = subprocess.run([sys.executable, runner, "test_kill", "test_kill_roles"], check=False, env={
        **os.environ, "BUILD": common.BUILD, "ROUNDS": str(ROUNDS), "USHER_SEED": str(tally.options.seed)})
    tally.add("kill", None if done.returncode == 0 else "see above; tests/process/run test_kill (or test_kill_roles) "
              "with ROUNDS=%d USHER_SEED=%d" % (ROUNDS, tally.options.seed))
