"""People who type commands, without a process for each."""

import json
from dataclasses import replace

from click.testing import CliRunner

from marketplace.cli import cli


class Shell:
    """Runs commands as one citizen."""

    def __init__(self, settings, address):
        self.settings = settings
        self.address = address

    def run(self, *args, answer=None, **changes):
        s = replace(self.settings, **changes)
        environ = {
            "TESSERA_HOME": str(s.home),
            "TESSERA_RPC_URL": s.rpc_url,
            "TESSERA_STORE": str(s.store),
            "TESSERA_DEPLOYMENT": str(s.deployment),
            "TESSERA_WALLET": s.wallet,
            "TESSERA_PASSWORD_FILE": str(s.password_file or ""),
            "TESSERA_INDEX_URL": s.index_url,
            "TESSERA_MAX_SPEND_PER_COMMAND": s.max_spend_per_command or "",
            "TESSERA_MAX_SPEND_PER_DAY": s.max_spend_per_day or "",
        }
        return CliRunner(env=environ).invoke(cli, [str(arg) for arg in args], input=answer)

    def ok(self, *args, **changes):
        result = self.run(*args, "--yes", **changes)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *args):
        return json.loads(self.ok(*args, "--json"))

    def fails(self, *args, **changes):
        """Run what can't work; return its one line of error after checking the form."""
        result = self.run(*args, "--yes", **changes)
        assert result.exit_code == 1, result.output
        lines = result.stderr.strip().splitlines()
        assert [line.split(":")[0] for line in lines[-2:]] == ["error", "hint"]
        assert sum(line.startswith(("error:", "hint:")) for line in lines) == 2
        assert "Traceback" not in result.output
        return lines[-2] + " | " + lines[-1]


def citizen(town, name, tokens=1000):
    """Return somebody with a wallet file, who types commands."""
    return Shell(*town.citizen(name, tokens))
