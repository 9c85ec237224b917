"""What checks the console and is no part of usher: the TypeScript compiler and axe, taken from npm into BUILD/console-check
once. Building usher needs neither."""
import json
import os
import subprocess
import shutil

import helpers

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PACKAGES = {"typescript": "5.9.3", "preact": "11.2.0", "axe-core": "4.14.1"}


def tools():
    """The folder of the packages, or None where they cannot be had."""
    folder = os.path.join(helpers.BUILD, "console-check")
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    missing = ["%s@%s" % row for row in PACKAGES.items() if not os.path.isdir(os.path.join(folder, "node_modules", row[0]))]
    if missing:
        os.makedirs(folder, exist_ok=True)
        run = subprocess.run(["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund", "--silent",
                              "--no-save", "--fetch-retries", "0", *["%s@%s" % row for row in PACKAGES.items()]],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            return None
    return folder


def types(folder, root=ROOT):
    """What the compiler says of the console under root; "" when it is content."""
    console = os.path.join(root, "src", "console")
    preact = os.path.join(folder, "node_modules", "preact")
    pages = os.path.join(helpers.BUILD, "console", "pages.ts")
    config = os.path.join(folder, "tsconfig-%d.json" % os.getpid())
    with open(config, "w", encoding="utf-8") as file:
        json.dump({"extends": os.path.join(console, "tsconfig.json"), "files": [os.path.join(console, "app.tsx")],
                   "compilerOptions": {"baseUrl": console, "types": [], "paths": {
                       "preact": [os.path.join(preact, "src", "index.d.ts")],
                       "preact/hooks": [os.path.join(preact, "hooks", "src", "index.d.ts")],
                       "preact/jsx-runtime": [os.path.join(preact, "jsx-runtime", "src", "index.d.ts")],
                       "console/*": ["*"], "modules/*": ["../modules/*"], "console-pages": [pages]}}}, file)
    try:
        run = subprocess.run(["node", os.path.join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", config],
                             capture_output=True, text=True, check=False)
    finally:
        os.remove(config)
    return (run.stdout + run.stderr).strip()
