"""Allocation: of each unit that allocates at run time, the n-th allocation fails, for every n."""
import os

import common


def run(tally):
    base = common.scratch()
    driver = common.program("allocation_driver")
    units = common.execute([driver]).stdout.split()
    print("allocation: %d units, every allocation of each, once and from then on" % len(units), flush=True)

    def one(unit):
        folder = os.path.join(base, unit)
        os.makedirs(folder)
        done = common.execute([driver, unit, folder])
        if done.returncode == 0:
            return "allocation: " + done.stdout.strip(), None
        return "allocation: " + unit, "code %d, %s" % (done.returncode, (done.stderr + done.stdout).strip())

    tally.all(units, one)
    common.remove(base)
