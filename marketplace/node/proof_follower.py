"""``tessera proved follow``: a requester's and a maker's steps in proved bounties, each when it is due."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketplace.errors import DataError, StorageError
from marketplace.node.watching import Watcher, name_of
from marketplace.proving.toolchain import Proof, Toolchain
from marketplace.services import proof_request, proof_submit
from marketplace.services.proof_kept import kept_model
from marketplace.services.proof_turns import ProofStep, is_over, turns_of, waits_for
from marketplace.services.proofs import ProofView, load_proof


@dataclass
class ProofFollower(Watcher):
    """Follows proved bounties for one account.

    Parameters
    ----------
    tools : Toolchain
        What a maker proves with.
    """

    PARTS = (("Proofs", "ProofAsked", "requester"), ("Proofs", "ModelCommitted", "maker"))

    tools: Toolchain = field(kw_only=True)
    _proofs: dict[int, Proof] = field(default_factory=dict)
    _hopeless: set[int] = field(default_factory=set)

    def turn(self) -> int:
        """Look at every bounty that is followed, and do what is due."""
        _, wanted = self.followed()
        return sum(self.look_at(name_of(one), self._look, one) for one in wanted)

    def _look(self, bounty_id: int) -> int:
        view = load_proof(self.market, bounty_id)
        steps = [
            turn.step for turn in turns_of(view, self.market.account) if self._is_wanted(view, turn.step)
        ]
        done = sum(self.attempt((one, bounty_id), name_of(bounty_id), self._act, view, one) for one in steps)
        if not steps and is_over(view, self.market.account):
            self.leave(bounty_id)
        elif not steps:
            self.report.waits(name_of(bounty_id), waits_for(view))
        return done

    def _is_wanted(self, view: ProofView, step: ProofStep) -> bool:
        """Tell whether a step is still to be done here, of those that a bounty shows as due for ever."""
        if step is ProofStep.RECEIVE:
            return not self.is_received(view.bounty_id)
        return step is not ProofStep.PROVE or view.bounty_id not in self._hopeless

    def _act(self, view: ProofView, step: ProofStep) -> None:
        market, one = self.market, view.bounty_id
        if step is ProofStep.PROVE:
            self._prove(view)
        elif step is ProofStep.RECEIVE:
            path = self.model_path(one)
            proof_request.receive_proved(market, one, path)
            self.report.done("receive the model", f"wrote {path}")
        elif step is ProofStep.RELEASE:
            proof_submit.release(market, one, [market.account])
        else:
            {
                ProofStep.ROWS: proof_request.hand_out,
                ProofStep.CLOSE: proof_request.close_proof,
                ProofStep.VINDICATE: proof_submit.vindicate,
            }[step](market, one)

    def _prove(self, view: ProofView) -> None:
        """Prove, and only then announce; the proof is held for as long as its turn does not come."""
        one = view.bounty_id
        if one not in self._proofs:
            model = kept_model(self.market, one)
            try:
                self._proofs[one] = proof_submit.make_proof(self.market, view, model, self.tools)
            except StorageError:
                raise
            except DataError as error:
                self._hopeless.add(one)
                self.report.done("no proof", f"{error}; {error.hint}")
                return
            self.report.done("make the proof")
        view = load_proof(self.market, one)  # another may have announced, or been paid, meanwhile
        if any(turn.step is ProofStep.PROVE for turn in turns_of(view, self.market.account)):
            proof_submit.send_proof(self.market, view, self._proofs[one])
