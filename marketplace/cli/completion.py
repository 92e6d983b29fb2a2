"""``tessera completion``: the script with which a shell completes commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from marketplace.cli.common import App, shared
from marketplace.errors import ConfigError

VARIABLE = "_TESSERA_COMPLETE"
"""Through it the shell asks this program what could come next (click's way)."""


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@shared
def completion(app: App, shell: str) -> None:
    """Print the script with which a shell completes commands, options and names of wallets.

    bash: add `eval "$(tessera completion bash)"` to ~/.bashrc. zsh: add `eval "$(tessera completion zsh)"`
    to ~/.zshrc, after compinit. fish: write it to ~/.config/fish/completions/tessera.fish.

    \b
    tessera completion bash
    """
    from marketplace.cli import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise ConfigError(f"there is no completion for {shell}", "use bash, zsh or fish")
    source = kind(cli, {}, "tessera", VARIABLE)
    # Not source.source(), which starts bash to ask for its version.
    script = source.source_template % source.source_vars()
    app.done({"shell": shell, "script": script}, script)
