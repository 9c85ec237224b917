"""Simulation: all cores in one thread under virtual time, many seeds (tests/sim). The short form is make simulate."""
import os

import common

RUNS = 300
YEAR = ["--members", "5000", "--days", "365"]
PATIENCE_S = 900  # a year on a busy machine


def run(tally):
    if not tally.options.long:
        return  # make test has run it already, in its short form
    program = os.path.join(common.BUILD, "tests", "sim", "simulation")
    if not os.path.exists(program):
        raise SystemExit("%s is not there; build it with: make simulate" % program)
    first = tally.options.seed % (1 << 31) + 1
    print("simulation: seeds %d to %d, a year of 5000 members, one on disk" % (first, first + RUNS - 1), flush=True)
    cases = [YEAR, ["--disk"]] + [["--twice"] if n % 10 == 0 else [] for n in range(RUNS)]
    tally.all([(first + n, options) for n, options in enumerate(cases)], lambda case: one(program, *case))


def one(program, seed, options):
    command = [program, "--seed", str(seed), "--runs", "1", "--quiet"] + options
    done = common.execute(command, patience=PATIENCE_S)
    return " ".join(["simulation", "--seed", str(seed)] + options), (
        None if done.returncode == 0 else "code %d: %s" % (done.returncode, (done.stdout + done.stderr).strip()))
