"""tools/api-table: the table of methods from a spec."""
import json
import os
import subprocess
import tempfile
import unittest

from simulator import ROOT

TOOL = os.path.join(ROOT, "tools", "api-table")


class ApiTable(unittest.TestCase):
    def run_tool(self, spec):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(spec, file)
            file.flush()
            return subprocess.run([TOOL, file.name], capture_output=True, text=True, timeout=20)

    def test_rows(self):
        fields = [{"name": "chat_id", "types": ["Integer", "String"], "required": True},
                  {"name": "silent", "types": ["Boolean"], "required": False},
                  {"name": "entities", "types": ["Array of MessageEntity"], "required": False},
                  {"name": "rows", "types": ["Array of Array of Integer"], "required": False},
                  {"name": "media", "types": ["Array of InputMediaA", "Array of InputMediaB"],
                   "required": True},
                  {"name": "file", "types": ["InputFile", "String"], "required": True}]
        done = self.run_tool({"version": "Bot API 1.0", "methods": {
            "sendThing": {"fields": fields}, "getMe": {}, "Zoom": {"fields": fields * 3}}})
        self.assertEqual(done.returncode, 0, done.stderr)
        row = ("*chat_id:I|S silent:B entities:[{}] rows:[{}] *media:[{}] *file:F|S")
        lines = done.stdout.split("\n")
        self.assertIn("every method of Bot API 1.0", lines[0])
        self.assertEqual(lines[4], 'METHOD(getMe, "")')
        self.assertEqual(lines[5:7], ["METHOD(sendThing, \"%s\")" % row, "METHOD(Zoom,"])
        self.assertTrue(all(len(line) <= 100 for line in lines))

    def test_refusals(self):
        self.assertEqual(subprocess.run([TOOL], capture_output=True, check=False).returncode, 2)
        done = self.run_tool({"version": "x", "methods": {"a\"b": {}}})
        self.assertEqual(done.returncode, 1)
