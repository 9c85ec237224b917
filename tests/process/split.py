"""usher of the contract with each actor in a process of its own, as on nine hosts: all links are tcp with CURVE,
and each process can be killed and started again alone."""
import os
import signal

from contract import ContractSite
from helpers import Program, USHER, free_ports, until

LINKS = {  # who binds it
    "requests": "verifier", "verdicts": "ingress", "commands": "ledger", "queries": "ledger",
    "credits": "ledger", "work": "ledger", "calls": "notifier", "due": "scheduler",
    "news_asks": "ledger", "news": "ledger", "reads": "mirror",
    "hook_news": "ledger", "hook_asks": "webhooks", "checks": "checker", "looks": "checker",
}
# In an order in which they can be stopped so that nothing is left.
ROLES = ("ingress", "verifier", "checker", "mirror", "webhooks", "scheduler", "notifier", "granter", "ledger")


def endpoints():
    """A port for each link."""
    return dict(zip(LINKS, free_ports(len(LINKS))))


def topology(ports):
    """The change of the configuration that puts all links on tcp."""
    links = "".join('    %s: ["tcp://127.0.0.1:%d"]\n' % pair for pair in ports.items())
    return "data_dir: ./var\n", "data_dir: ./var\ntopology:\n  curve_dir: ./keys\n  links:\n" + links


class SplitSite(ContractSite):
    """detour: port -> another port at which the connecting end of a link finds it (a relay's)."""

    def __init__(self, api_url, *changes, detour=None):
        *ports, http_port = free_ports(len(LINKS) + 1)  # at once: no two are the same
        self.ports = dict(zip(LINKS, ports))
        self.programs = {}
        super().__init__(api_url, *changes, topology(self.ports), http_port=http_port)
        made = self.cli("keys", os.path.join(self.folder, "keys"), "server", "here")
        if made.returncode != 0:
            raise AssertionError(made.stderr)
        self.configs = {role: self._config_of(role, detour) for role in ROLES}

    def _config_of(self, role, detour):
        """The bound ends are where they are; what this role connects to may be reached by a detour."""
        if detour is None:
            return self.config
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        for link, binds in LINKS.items():
            if binds != role:
                port = self.ports[link]
                text = text.replace("127.0.0.1:%d" % port, "127.0.0.1:%d" % detour(port))
        path = os.path.join(self.folder, role + ".yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def start(self, *roles, ready=True):
        for role in roles or ROLES:
            self.launch(role)
        for role in roles or ROLES:
            self.port = self.programs[role].await_ready() or self.port
        if ready:
            until(lambda: self.get("/readyz").status == 200, "usher is ready")
        return self

    def launch(self, role):
        self.programs[role] = Program(
            [USHER, "run", "--config", self.configs[role], "--role", role], self.env)

    def kill(self, *roles):
        """All at once; the exit codes."""
        programs = [self.programs[role] for role in roles or ROLES]
        for program in programs:
            program.process.send_signal(signal.SIGKILL)
        return [program.stop(signal.SIGKILL) for program in programs]

    def stop(self, sig=signal.SIGTERM):
        """One after another; the first exit code that is not 0."""
        codes = [self.programs[role].stop(sig) for role in ROLES if role in self.programs]
        self.programs = {}
        return next((code for code in codes if code != 0), 0)

    def pids(self, *roles):
        return [self.programs[role].process.pid for role in roles or ROLES]

    def logs(self):
        return {role: program.log() for role, program in self.programs.items()}

    def close(self):
        running = [role for role, program in self.programs.items() if program.process.poll() is None]
        if running:
            self.kill(*running)
        super().close()
