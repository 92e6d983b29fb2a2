"""A contest by command line in which what can be signed is signed into files, and sent together."""

from tests.integration.test_contest_cli import (  # noqa: F401  the fixtures are used by name
    opened,
    pass_deadline,
    people,
    show,
)


def test_relays__by_files__everybody_is_paid(people, cancer, tmp_path):  # noqa: F811
    ruth, alice, bob, mallory = (people[name] for name in ("ruth", "alice", "bob", "mallory"))
    bounty, train, schema = opened(people, cancer, tmp_path, "--threshold", "0.6")
    for maker, kind in ((alice, "linear"), (mallory, "tree")):
        model = tmp_path / f"{kind}.bin"
        maker.ok("model", "train", train, "--bounty", bounty, "--kind", kind, "--out", model)
        maker.ok("bounty", "submit", bounty, model)
    pass_deadline(people, bounty)
    ruth.ok("bounty", "open-rows", bounty)
    claims = [tmp_path / "alice.claim", tmp_path / "mallory.claim"]
    score = alice.json("bounty", "claim", bounty, "--sign", claims[0])["score"]
    mallory.ok("bounty", "claim", bounty, "--score", "0.7", "--sign", claims[1])
    assert "tessera bounty claim --sign" in bob.fails("bounty", "relay-claims", schema)
    poor = mallory.json("vault", "show")["free"]
    mallory.ok("vault", "withdraw", poor)
    sent = bob.json("bounty", "relay-claims", *claims)
    assert sent["claimed"] == [alice.address]
    assert sent["left_out"][0]["maker"] == mallory.address
    assert "claimed already" in bob.fails("bounty", "relay-claims", claims[0])
    pass_deadline(people, bounty)
    bob.ok("bounty", "choose", bounty)
    the_lock = tmp_path / "the.lock"
    ruth.ok("bounty", "lock", bounty, "--sign", the_lock)
    assert "not locking" in alice.fails("bounty", "deliver", bounty, "--lock", the_lock)
    assert "candidate" in mallory.fails("bounty", "grant", bounty)
    alice.ok("bounty", "grant", bounty)  # draws, too
    places = show(people, bounty)["panel"]["places"]
    panel = [people.of(one) for one in sorted({p["evaluator"] for p in places})]
    files = []
    for number, one in enumerate(panel):
        files.append(tmp_path / f"{number}.commitment")
        one.ok("operator", "commit", bounty, "--sign", files[-1])
    assert "tessera operator commit --sign" in bob.fails("operator", "relay-commits", claims[0])
    panel[0].ok("operator", "commit", bounty)  # tired of waiting; the others are relayed all the same
    if len(panel) > 1:
        assert bob.json("operator", "relay-commits", *files)["places"]
    told = []
    for number, one in enumerate(panel):
        told += ["--reveal", tmp_path / f"{number}.attestation"]
        one.ok("operator", "export-attestation", bounty, "--out", told[-1])
    assert "--lock" in alice.run("bounty", "deliver", bounty, *told, "--yes").stderr
    alice.ok("bounty", "deliver", bounty, "--lock", the_lock, *told)
    found = show(people, bounty)
    assert (found["stage"], found["verdict"]) == ("window", "scored")
    ruth.ok("bounty", "receive", bounty, "--out", tmp_path / "received.bin")
    assert (tmp_path / "received.bin").read_bytes() == (tmp_path / "linear.bin").read_bytes()
    pass_deadline(people, bounty)
    bob.ok("bounty", "finalize", bounty)
    found = show(people, bounty)
    assert (found["outcome"], {one["score"] for one in found["attestations"]}) == ("paid", {score})
