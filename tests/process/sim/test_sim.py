#!/usr/bin/env python3
"""All tests of telegram-sim itself, in the files test_*.py beside this one. The binary is $SIM, or
build/telegram-sim."""
import os
import sys
import unittest

if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    unittest.main(module=None, argv=[sys.argv[0], "discover", "-s", here, "-t", here] + sys.argv[1:])
