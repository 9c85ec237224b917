"""GET /api/v1/openapi.json: valid by the JSON schema of OpenAPI 3.1, and true: every route it lists is there."""
import json
import os
import subprocess
import unittest

import helpers

VALIDATOR = "@seriousme/openapi-schema-validator"
VERSION = "2.4.1"


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.telegram = helpers.Telegram()
        cls.addClassCleanup(cls.telegram.close)
        cls.site = helpers.Site(cls.telegram.url())
        cls.addClassCleanup(cls.site.close)
        cls.site.start()
        answer = cls.site.api("GET", "openapi.json")
        assert answer.status == 200, answer
        assert answer.headers["content-type"] == "application/json", answer.headers
        cls.document = answer.json

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield path, method.upper(), operation

    def test_it_is_valid(self):
        folder = helpers.npm("openapi", VALIDATOR, VERSION)
        program = ("import {Validator} from '%s';"
                   "import {readFileSync} from 'node:fs';"
                   "const document = JSON.parse(readFileSync(process.argv[1], 'utf8'));"
                   "const result = await new Validator().validate(document);"
                   "console.log(JSON.stringify(result));" % VALIDATOR)
        script = os.path.join(folder, "validate.mjs")
        file = os.path.join(folder, "openapi-%d.json" % os.getpid())
        with open(script, "w") as out:
            out.write(program.replace("process.argv[1]", "process.argv[2]"))
        self.addCleanup(os.remove, file)
        for document, valid in ((self.document, True), ({**self.document, "paths": {"x": 1}}, False)):
            with open(file, "w") as out:
                json.dump(document, out)
            done = subprocess.run(["node", script, file], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["valid"], valid, done.stdout[:2000])

    def test_names_are_used_once(self):
        ids = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(sorted(ids), sorted(set(ids)))
        shapes = ["/".join("{}" if part.startswith("{") else part for part in path.split("/"))
                  for path in self.document["paths"]]
        self.assertEqual(sorted(shapes), sorted(set(shapes)), "two paths that differ in names only")

    def test_every_parameter_of_a_path_is_described(self):
        for path, method, operation in self.operations():
            named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
            said = {p["name"] for p in operation["parameters"] if p.get("in") == "path"}
            self.assertEqual(named, said, (method, path))
            self.assertTrue(operation["summary"], (method, path))
            if method in ("POST", "PUT"):
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                self.assertLessEqual(set(schema.get("required", [])), set(schema["properties"]))

    def test_every_route_is_there(self):
        for path, method, _ in self.operations():
            filled = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
            answer = self.site.api(method, filled.removeprefix("/api/v1/"),
                                   {"nonsense": 1} if method in ("POST", "PUT") else None)
            self.assertNotEqual((answer.json or {}).get("detail"), "no such resource", (method, path))
            self.assertNotIn(answer.status, (405, 500), (method, path, answer))
            if method == "GET" and "{" not in path:
                self.assertIn(answer.status, (200, 404), (path, answer))
            if method in ("POST", "PUT"):
                login = path == "/api/v1/session"  # whose code is looked at first
                self.assertEqual(answer.status, 401 if login else 400, (path, answer))

    def test_it_wants_the_token(self):
        self.assertEqual(self.site.api("GET", "openapi.json", token=None).status, 401)
        self.assertEqual(self.site.api("POST", "openapi.json", {}).status, 405)
        self.assertEqual(self.document["security"], [{"token": []}, {"session": []}])
        self.assertEqual(set(self.document["components"]["securitySchemes"]), {"token", "session"})

    def test_it_names_the_roles(self):
        for path, method, operation in self.operations():
            self.assertTrue(operation["x-roles"] or operation.get("security") == [], (method, path))
            self.assertIn("owner" if operation["x-roles"] else "whoever logs in", operation["description"])
        settle = self.document["paths"]["/api/v1/payments/{gateway}/{payment_id}/settle"]["post"]
        self.assertEqual(settle["x-roles"], ["owner", "finance"])

    def test_problems_have_a_code(self):
        problem = self.document["components"]["schemas"]["problem"]
        self.assertIn("code", problem["required"])


if __name__ == "__main__":
    unittest.main()
