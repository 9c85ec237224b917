"""The dashboard and the alert rules name what there is; tests/monitoring/run puts them before a real Prometheus."""
import json
import os
import re
import subprocess
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
STANDARD = {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes",
            "process_open_fds", "process_max_fds", "process_threads", "process_start_time_seconds"}


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def named(text):
    """The metrics that an expression names, histograms by their family."""
    return {re.sub(r"_(bucket|sum|count)$", "", name)
            for name in re.findall(r"\b(?:usher|process)_[a-z_]+\b", text)}


class Monitoring(unittest.TestCase):
    def setUp(self):
        self.known = STANDARD | set(re.findall(r"^METRIC\((\w+),", read("src", "base", "metrics.def"), re.M))

    def test_the_dashboard_is_what_its_rows_say(self):
        done = subprocess.run([os.path.join(ROOT, "tools", "dashboard"), "--check"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_dashboard_names_what_there_is(self):
        panels = json.loads(read("ops", "grafana", "usher.json"))["panels"]
        numbers = [panel["id"] for panel in panels]
        self.assertEqual(len(numbers), len(set(numbers)))
        for panel in panels:
            for target in panel.get("targets", ()):
                self.assertEqual(named(target["expr"]) - self.known, set(), panel["title"])

    def test_every_alert_is_known_tested_and_explained(self):
        rules = read("ops", "prometheus", "usher.rules.yml")
        alerts = re.findall(r"- alert: (\w+)", rules)
        self.assertGreater(len(alerts), 20)
        expressions = "\n".join(line for line in rules.splitlines() if "usher_" in line or "process_" in line)
        self.assertEqual(named(expressions) - self.known, set())
        tests = read("ops", "prometheus", "usher.rules.test.yml")
        headings = re.findall(r"^#+ (.*)$", read("docs", "OPERATIONS.md"), re.M)
        for alert in alerts:
            self.assertIn("alertname: %s\n" % alert, tests)
            self.assertIn(alert, headings, "docs/OPERATIONS.md says what to do")
            self.assertIn("runbook: docs/OPERATIONS.md#" + alert.lower() + "\n", rules)


if __name__ == "__main__":
    unittest.main()
