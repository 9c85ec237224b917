"""A module is a folder and a row: in a copy of the tree one is added, built and used; then each rule of tools/tidy is
broken there, and tidy says so."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import helpers

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
ROW = "MODULE(scratch, 127, NEEDS())\n"
MODULES = "src/modules/modules.def"

FILES = {
    "scratch.def": """\
/* A thing that can be poked, and told how often it was. */
RESULT(scratch_full, 1, 409, "it was poked often enough")
RESULT(scratch_none, 2, 404, "there is no such scratch")

OP(scratch_poke, 1, OPERATOR, "POST", "scratches/{name}/poke", 201, "name times", answer_scratch_poke)
    F(NAME, name, 31)
    F(COUNT, times, 0)
    F(SECRET, word, 20)
    F(TIME, ends, 0)
END

OP(scratch_put, 4, OPERATOR, "PUT", "scratches/{name}", 200, "name", NULL)
    F(NAME, name, 31)
    F(COUNT, times, 0)
END

ASK(scratch, 2, STAFF, "scratches/{name}")
    F(NAME, name, 31)
END

RECORD(scratch, 3)
    R(NAME, name, 31)
    R(COUNT, times, 0)
END
""",
    "scratch.h": """\
/* Something that does nothing useful. */
#ifndef USHER_MODULES_SCRATCH_H
#define USHER_MODULES_SCRATCH_H

#define MODULE_DEF  "modules/scratch/scratch.def"
#define MODULE_SELF MODULE_scratch
#include "ledger/declare.h"

#endif
""",
    "scratch.c": """\
#include "modules/scratch/scratch.h"

#include "ledger/registry.h"
#include "ledger/rows.h"
#include "wire/shape_json.h"

enum { OFTEN = 5 };

static bool load(struct ledger *ledger, struct slice name, struct key *key,
                 struct record_scratch *out)
{
    key_clear(key);
    key_text(key, name);
    return row_load(ledger, shape_record_scratch(), key, out);
}

unsigned op_scratch_poke(struct ledger *ledger, const struct scratch_poke *command)
{
    struct key key;
    struct record_scratch scratch = {.times = 0};
    (void)load(ledger, command->name, &key, &scratch);
    if (scratch.times + command->times > OFTEN)
        return RESULT_scratch_full;
    scratch.times += command->times;
    (void)slice_copy(command->name, scratch.name, sizeof scratch.name);
    row_store(ledger, shape_record_scratch(), &key, &scratch);
    return RESULT_ok;
}

unsigned op_scratch_put(struct ledger *ledger, const struct scratch_put *command)
{
    struct key key;
    struct record_scratch scratch;
    if (!load(ledger, command->name, &key, &scratch))
        return RESULT_scratch_none;
    scratch.times = command->times;
    row_store(ledger, shape_record_scratch(), &key, &scratch);
    return RESULT_ok;
}

bool ask_scratch(struct ledger *ledger, const struct scratch *ask, cJSON *out)
{
    struct key key;
    struct record_scratch scratch;
    if (!load(ledger, ask->name, &key, &scratch))
        return false;
    shape_to_json(shape_record_scratch(), &scratch, out);
    return true;
}

static void answer_scratch_poke(struct ledger *ledger, uint64_t subject, const void *command,
                                cJSON *out)
{
    const struct scratch_poke *poke = command;
    const struct scratch ask = {.name = poke->name};
    (void)subject;
    (void)ask_scratch(ledger, &ask, out);
}

#define MODULE_DEF    "modules/scratch/scratch.def"
#define MODULE_SELF   MODULE_scratch
#define MODULE_SHAPES shapes_of_scratch
#include "ledger/define.h"

const struct module module_scratch = {.name = "scratch",
                                      .number = MODULE_scratch,
                                      .shapes = shapes_of_scratch,
                                      .results = module_results,
                                      .ops = module_ops,
                                      .asks = module_asks};
""",
}


class Tree:
    """A copy of the tree with what was built of it, so that only what a module changes is built again."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="usher-tree-")
        self.build = os.path.join(self.folder, "build")
        names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                               capture_output=True, text=True, check=True).stdout.splitlines()
        for name in names:
            if os.path.isfile(os.path.join(ROOT, name)):
                os.makedirs(os.path.dirname(os.path.join(self.folder, name)), exist_ok=True)
                shutil.copy2(os.path.join(ROOT, name), os.path.join(self.folder, name))
        for name in ("obj/src", "obj/actors", "obj/tools"):
            if os.path.isdir(os.path.join(helpers.BUILD, name)):
                shutil.copytree(os.path.join(helpers.BUILD, name), os.path.join(self.build, name))
        subprocess.run(["git", "init", "-q", self.folder], check=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)

    def add_module(self):
        for name, text in FILES.items():
            self.write("src/modules/scratch/" + name, text)
        self.write("tests/scenarios/scratch.txt", "# nobody pokes\nat 2026-01-01T00:00\nstart 42\n")
        self.write(MODULES, self.read(MODULES) + ROW)

    def tidy(self):
        """Its findings."""
        done = subprocess.run([self.path("tools/tidy"), "--quick"], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              check=False)
        assert re.search(r"^tidy: \d+ findings", done.stdout, re.M), done.stdout + done.stderr
        return done.stdout.splitlines()[:-1]

    def close(self):
        shutil.rmtree(self.folder)


class Scratch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = Tree()
        cls.addClassCleanup(cls.tree.close)
        cls.before = cls.tree.tidy()
        cls.tree.add_module()

    def test_it_is_there(self):
        start = time.monotonic()
        done = subprocess.run(["make", "-C", self.tree.folder, "-j2", "BUILD=build", "build/usher"],
                              capture_output=True, text=True, timeout=900, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        built = re.findall(r"^  CC +(\S+)", done.stdout, re.M)
        outside = [name for name in built if "/src/modules/" not in name]  # each module sees its own number
        print("%d files, %d of them outside the modules, in %.0f s" % (len(built), len(outside), time.monotonic() - start))
        self.assertLess(len(outside), 40, "what a module brings is to be seen by few:\n" + done.stdout)
        usher = helpers.USHER
        helpers.USHER = os.path.join(self.tree.build, "usher")
        try:
            self.use()
        finally:
            helpers.USHER = usher

    def use(self):
        telegram = helpers.Telegram()
        self.addCleanup(telegram.close)
        site = helpers.Site(telegram.url())
        self.addCleanup(site.close)
        site.start()
        self.over_http(site)
        self.by_the_command_line(site)
        self.in_the_journal(site)

    def over_http(self, site):
        self.assertEqual(site.api("GET", "scratches/a").status, 404)
        answer = site.api("POST", "scratches/a/poke", {"times": 2})
        self.assertEqual((answer.status, answer.json), (201, {"name": "a", "times": 2}))
        self.assertEqual(site.api("GET", "scratches/a").json, {"name": "a", "times": 2})
        answer = site.api("POST", "scratches/a/poke", {"times": 4})
        self.assertEqual((answer.status, answer.json["code"]), (409, "scratch_full"))
        answer = site.api("POST", "scratches/a/poke", {})
        self.assertEqual((answer.status, answer.json["detail"]), (400, "times is missing"))
        answer = site.api("POST", "scratches/a/poke", {"time": 1})
        self.assertIn("known: name times word ends", answer.json["detail"])
        answer = site.api("PUT", "scratches/a", {"times": 1})
        self.assertEqual((answer.status, answer.json), (200, {"result": "ok"}))
        self.assertEqual(site.api("GET", "scratches/a").json["times"], 1)
        self.assertEqual(site.api("PUT", "scratches/none", {}).json["code"], "scratch_none")
        paths = site.api("GET", "openapi.json").json["paths"]
        poke = paths["/api/v1/scratches/{name}/poke"]["post"]
        self.assertEqual(poke["requestBody"]["content"]["application/json"]["schema"]["required"], ["times"])
        self.assertIn("scratch_full", poke["responses"]["409"]["description"])
        self.assertIn("get", paths["/api/v1/scratches/{name}"])

    def by_the_command_line(self, site):
        url = ["--url", "http://127.0.0.1:%d" % site.port]
        done = site.cli("scratch", "poke", "b c", "--times", "3", "--word=hush", "--ends", "2027-01-31T12:00:00Z",
                        "--key", "k1", "--reason", "for once", "--json", *url)
        self.assertEqual(done.returncode, 0, done.stderr + site.usher.log()[-3000:])
        self.assertEqual(json.loads(done.stdout), {"name": "b c", "times": 3})
        again = site.cli("scratch", "poke", "b c", "--times", "3", "--word=hush", "--ends", "2027-01-31T12:00:00Z",
                         "--key", "k1", "--reason", "for once", "--json", *url)
        self.assertEqual((again.returncode, again.stdout), (0, done.stdout), again.stderr)
        done = site.cli("scratch", "poke", "b c", "--times", "1", "--key", "k1", *url)
        self.assertEqual(done.returncode, 1)
        self.assertIn("(key_reused)", done.stderr)
        done = site.cli("scratch", "poke", "--name", "b c", "--times", "3", *url)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("it was poked often enough (scratch_full)", done.stderr)
        done = site.cli("scratch", "show", "b c", *url)
        self.assertEqual(done.stdout.split(), ["name", "b", "c", "times", "3"], done.stderr)
        done = site.cli("scratch", "show", "x", *url)
        self.assertEqual(done.returncode, 1)
        self.assertIn("(not_found)", done.stderr)
        done = site.cli("scratch", "put", "a", "--times=2", "--json", *url)
        self.assertEqual((done.returncode, done.stdout), (0, '{"result":"ok"}\n'), done.stderr)
        self.assertIn("scratch       poke, put, show", site.cli("--help").stdout)
        self.assertIn("needed", site.cli("scratch", "poke", "--help").stdout)
        done = site.cli("scratch", "poek", "x")
        self.assertEqual(done.returncode, 2)
        self.assertIn('did you mean "poke"?', done.stderr)
        done = site.cli("scrach", "poke")
        self.assertEqual(done.returncode, 2)
        self.assertIn('did you mean "scratch"?', done.stderr)
        elsewhere = dict(os.environ, USHER_CONFIG=site.config)
        done = subprocess.run([helpers.USHER, "scratch", "show", "a", "--json", *url], capture_output=True, text=True,
                              env=elsewhere, cwd="/", timeout=60, check=False)
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, {"name": "a", "times": 2}), done.stderr)

    def in_the_journal(self, site):
        done = site.cli("journal", "dump")
        self.assertIn('reason="for once" key="k1"', done.stdout)
        self.assertIn('body={scratch_poke name="b c" times=3 ends="2027-01-31T12:00:00Z"}', done.stdout)
        lines = [json.loads(line)["command"] for line in site.cli("journal", "dump", "--json").stdout.splitlines()]
        poke = next(line for line in lines if line["message"] == "cmd_act" and line["key"] == "k1")
        self.assertEqual(poke["actor"], "token")
        self.assertEqual(poke["body"], {"message": "scratch_poke", "name": "b c", "times": 3,
                                        "ends": "2027-01-31T12:00:00Z"})
        self.assertNotIn("hush", done.stdout + json.dumps(lines))

    def breaks(self, name, change, finding):
        """Says it while the file is changed; change None removes it."""
        whole = self.tree.read(name) if os.path.exists(self.tree.path(name)) else None
        if change is None:
            os.remove(self.tree.path(name))
        else:
            self.tree.write(name, change(whole or ""))
        try:
            found = [line for line in self.tree.tidy() if line not in self.before]
        finally:
            if whole is None:
                os.remove(self.tree.path(name))
            else:
                self.tree.write(name, whole)
        self.assertTrue(any(finding in line for line in found), (finding, found))

    def test_rules(self):
        self.assertEqual([line for line in self.tree.tidy() if line not in self.before], [])
        scratch = "src/modules/scratch/scratch.c"

        def row(text):
            return lambda whole: whole.replace(ROW, text)

        def first(line):
            return lambda whole: whole.replace("\n\n", "\n\n" + line + "\n\n", 1)

        self.breaks(MODULES, row(ROW.replace("127", "15")), "modules have 16 to 127")
        self.breaks(MODULES, row(ROW + ROW.replace("scratch", "scratch")), "take one of its own")
        self.breaks(MODULES, row(ROW.replace("()", "(later)")), "scratch needs later, which does not stand before it")
        self.breaks(MODULES, row("MODULE(scratch)\n"), "is no row")
        self.breaks("tests/scenarios/scratch.txt", None, "has no scenario")
        self.breaks(scratch, first('#include "desk/ops.h"'), "layer modules includes desk/ops.h")
        self.breaks(scratch, first('#include "store/store.h"'), "layer modules includes store/store.h")
        self.breaks(scratch, first('#include "modules/other/other.h"'), "scratch does not NEED other")
        self.breaks("src/ledger/reach.c", first('#include "modules/scratch/scratch.h"'),
                    "layer ledger includes modules/scratch/scratch.h")
        self.breaks("actors/main.c", first('#include "modules/scratch/scratch.h"'), "only the registry knows modules")
        self.breaks("src/ledger/person.h", first('#include "ledger/letter.h"'), "closes a circle of includes")
        self.breaks(scratch, lambda whole: whole + "\nstatic void longest(void)\n{\n" + "    ;\n" * 71 + "}\n",
                    "a function longer than 70 lines")

    def test_a_folder_without_a_row(self):
        self.breaks("src/modules/lost/lost.def", lambda _: "/* Nothing. */\n", "lost has no row")


if __name__ == "__main__":
    unittest.main()
