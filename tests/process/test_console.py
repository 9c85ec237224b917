"""The console as usher serves it: codings, tags, headers; what it is built of: vendored sources, words in three languages,
types; and what the build says when a tool is missing."""
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import console_check
import helpers
from helpers import Site, Telegram, request

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CONSOLE = os.path.join(ROOT, "src", "console")
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
TEXT = re.compile(r'(?:^|[{,])\s*(\w+): "((?:[^"\\]|\\.)*)"', re.M)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def sources():
    for folder, _, files in sorted(os.walk(os.path.join(ROOT, "src"))):
        for name in sorted(files):
            if name.endswith((".ts", ".tsx")):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.telegram = Telegram()
        cls.addClassCleanup(cls.telegram.close)
        cls.site = Site(cls.telegram.url())
        cls.addClassCleanup(cls.site.close)
        cls.site.start()

    def get(self, path, status=200, **headers):
        answer = self.site.get(path, {name.replace("_", "-"): value for name, value in headers.items()})
        self.assertEqual(answer.status, status, answer)
        return answer

    def files(self):
        return re.findall(r'(?:href|src)="(/console/assets/[^"]+)"', self.get("/console/").body.decode())

    def test_the_document(self):
        answer = self.get("/console/")
        self.assertEqual(answer.headers["content-type"], "text/html; charset=utf-8")
        self.assertEqual(answer.headers["content-security-policy"], POLICY)
        for name, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-cache"),
                            ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin")):
            self.assertEqual(answer.headers[name], value)
        self.assertEqual(self.get("/console/payments/stripe/pi_1?x=1").body, answer.body)
        self.assertNotIn(b"<script>", answer.body)
        self.assertNotIn(b"style=", answer.body)
        self.get("/console/", 304, If_None_Match=answer.headers["etag"])
        self.assertEqual(self.get("/console", 301).headers["location"], "/console/")

    def test_a_file_in_each_coding(self):
        files = self.files()
        self.assertEqual(sorted(name.rsplit(".", 1)[1] for name in files), ["css", "js", "svg"])
        for path in files:
            raw = self.get(path)
            self.assertNotIn("content-encoding", raw.headers)
            self.assertIn(hashlib.sha256(raw.body).hexdigest()[:16], path)
            self.assertEqual(raw.headers["etag"], '"%s"' % hashlib.sha256(raw.body).hexdigest())
            self.assertEqual(raw.headers["cache-control"], "public, max-age=31536000, immutable")
            zipped = self.get(path, Accept_Encoding="gzip")
            self.assertEqual(gzip.decompress(zipped.body) if "content-encoding" in zipped.headers else zipped.body, raw.body)
            small = self.get(path, Accept_Encoding="gzip, deflate, br")
            self.assertEqual(small.headers["content-encoding"], "br")
            run = subprocess.run(["brotli", "-d", "-c"], input=small.body, capture_output=True, check=True)
            self.assertEqual(run.stdout, raw.body)
            self.assertEqual(len({raw.headers["etag"], zipped.headers["etag"], small.headers["etag"]}), 3)
            self.get(path, 304, Accept_Encoding="br", If_None_Match='"other", ' + small.headers["etag"])

    def test_methods_and_what_is_not_there(self):
        head = request(self.site.port, "HEAD", "/console/")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertGreater(int(head.headers["content-length"]), 200)
        for method in ("POST", "PUT", "DELETE"):
            answer = request(self.site.port, method, "/console/")
            self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET, HEAD"))
        self.get("/console/assets/app-0000000000000000.js", 404)
        self.get("/consolex", 404)
        self.assertGreaterEqual(self.site.metric('usher_http_requests_total{route="/console",status="404"}'), 1)

    def test_it_is_small(self):
        total = sum(len(self.get(path, Accept_Encoding="br").body) for path in self.files())
        self.assertLess(total, 60000, "a phone loads it in a moment")


class Built(unittest.TestCase):
    def test_vendored_sources_are_what_they_say(self):
        folder = os.path.join(CONSOLE, "vendor")
        sums = dict(reversed(line.split()) for line in read("src/console/vendor/SHA256SUMS").splitlines())
        there = set(os.listdir(folder)) - {"SHA256SUMS", "README.md"}
        self.assertEqual(set(sums), there)
        for name, digest in sums.items():
            with open(os.path.join(folder, name), "rb") as file:
                self.assertEqual(hashlib.sha256(file.read()).hexdigest(), digest, name)

    def words(self, path, text):
        """Of a file, the texts of each language: [{language: {key: text}}]."""
        return [{language: dict(TEXT.findall(block)) for language, block in
                 re.findall(r'(?:^|[{,])\s*"?(en|zh-Hans|zh-Hant)"?: (\{.*?\n\s*\}|\{[^{}]*\})', found, re.S | re.M)}
                for found in re.findall(r"= catalogue\(\{\n(.*?)\n\}\);", text, re.S)]

    def test_every_word_stands_in_three_languages(self):
        shared = {language: dict(TEXT.findall(read("src/console/words", language + ".ts"))) for language in LANGUAGES}
        catalogues = [("src/console/words", shared)]
        for path in sources():
            catalogues += [(path, one) for one in self.words(path, read(path))]
        self.assertGreater(len(catalogues), 8)
        for path, texts in catalogues:
            self.assertEqual(set(texts), set(LANGUAGES), path)
            for language in LANGUAGES:
                self.assertEqual(set(texts[language]), set(texts["en"]), "%s in %s" % (path, language))
                for key, text in texts[language].items():
                    self.assertEqual(set(re.findall(r"\{\w+\}", text)), set(re.findall(r"\{\w+\}", texts["en"][key])), key)

    def test_every_page_has_its_titles(self):
        rows = [(path, row) for path in sources() for row in re.findall(r'\{ path: "/.*', read(path))]
        self.assertGreater(len(rows), 12)
        for path, row in rows:
            for language in LANGUAGES:
                self.assertRegex(row, r'"?%s"?: "[^"]+"' % language, path)

    def test_types(self):
        tools = console_check.tools()
        if tools is None:
            self.skipTest("there is no npm, or its registry does not answer")
        self.assertEqual(console_check.types(tools), "")

    def test_a_missing_word_does_not_compile(self):
        tools = console_check.tools()
        if tools is None:
            self.skipTest("there is no npm, or its registry does not answer")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(os.path.join(ROOT, "src"), os.path.join(folder, "src"), ignore=shutil.ignore_patterns("*.c", "*.h"))
            path = os.path.join(folder, "src", "console", "words", "zh-Hant.ts")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(re.sub(r"    sign_out: .*\n", "", text))
            self.assertIn("'sign_out' is missing", console_check.types(tools, folder))


class Missing(unittest.TestCase):
    """The build without one of its tools."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="usher-tools-")
        self.addCleanup(shutil.rmtree, self.folder)

    def without(self, missing, *command):
        bin_folder = os.path.join(self.folder, "bin")
        os.mkdir(bin_folder)
        for place in ("/bin", "/usr/bin"):
            for name in os.listdir(place):
                if name != missing and not os.path.lexists(os.path.join(bin_folder, name)):
                    os.symlink(os.path.join(place, name), os.path.join(bin_folder, name))
        return subprocess.run(command, cwd=ROOT, env={"PATH": bin_folder}, capture_output=True, text=True, check=False)

    def test_esbuild(self):
        run = self.without("esbuild", "make", "BUILD=" + self.folder, self.folder + "/console/app.js")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("esbuild is missing, which bundles the console; install it with: tools/deps build", run.stderr)

    def test_brotli(self):
        run = self.without("brotli", "tools/pack-assets", self.folder, "src/console/document.html", "src/console/icon.svg")
        self.assertEqual(run.returncode, 1)
        self.assertIn("brotli is missing, which packs the console; install it with: tools/deps build", run.stderr)

    def test_a_file_that_the_document_does_not_name(self):
        run = subprocess.run(["tools/pack-assets", self.folder, "src/console/document.html", "src/console/tsconfig.json"], cwd=ROOT,
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("tsconfig.json is of no known type", run.stderr)


if __name__ == "__main__":
    unittest.main()
