"""``tessera proved follow``: a requester's and a maker's steps in proved bounties, by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.daemon import daemon, require_folder, serve_role


@click.command("follow")
@click.argument("bounties", metavar="[BOUNTY]...", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the models that you paid for.")
@daemon
@shared
def follow(app: App, bounties: tuple[str, ...], out: Path | None, **options: Any) -> None:
    """Take your steps in proved bounties, by itself: those you opened or committed to, or the ones named.

    As requester: hands the rows to makers, decrypts the model, takes back what is left. As maker: announces,
    proves the model that you committed to and is paid, shows that a declined lock was right, takes your
    bond back. It opens nothing and commits to nothing. Ends when stopped.

    \b
    tessera proved follow --yes
    tessera proved follow 0x5a1e --out models --yes --once
    """
    from marketplace.node.proof_follower import ProofFollower
    from marketplace.proving.toolchain import Toolchain
    from marketplace.services.proofs import find_proof, require_proofs

    require_folder(out)

    def find() -> dict[str, Any]:
        reader = app.reader()
        require_proofs(reader)
        return {"named": tuple(dict.fromkeys(find_proof(reader, one) for one in bounties))}

    will = (
        "take the steps that are yours in proved bounties: makers get your test rows, your committed models "
        "are announced, proved and given to who pays"
    )
    tools = Toolchain(app.given.proving_path, app.note)
    serve_role(app, "proved", ProofFollower, will, find=find, out=out, tools=tools, **options)
