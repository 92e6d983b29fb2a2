"""A whole contest by hand, through the command line, on a local chain; and what it says out of turn."""

import pytest

from tests.integration.shell import citizen

EVALUATORS = ("carol", "dave", "erin")
SEATS_EACH = 5  # some lose their bond in these tests
NOBODYS = "0x" + 64 * "f"


class People(dict):
    """Everybody of a contest, by name."""

    def __init__(self, town):
        super().__init__()
        for name in ("ruth", "alice", "bob", "mallory", *EVALUATORS):
            self[name] = citizen(town, name, tokens=6000)

    def of(self, address):
        return next(one for one in self.values() if one.address == address)


@pytest.fixture(scope="module")
def people(town):
    """The same people for every module of a session: a panel may be drawn from all who ever took a seat."""
    if not hasattr(town, "contestants"):
        found = People(town)
        for name in EVALUATORS:
            for _ in range(SEATS_EACH):
                found[name].ok("operator", "join")
        town.advance(10)
        town.contestants = found
    return town.contestants


def show(people, bounty):
    return people["ruth"].json("bounty", "show", bounty[:14])


def pass_deadline(people, bounty):
    """Move time on, by hand, past what the contest waits for."""
    waits = show(people, bounty)
    seconds = waits["due"]["until"] - waits["time"] + 1
    people["ruth"].ok("localnet", "advance", f"{seconds}s")


def opened(people, cancer, tmp_path, *options):
    """Open a contest; return its id, the training rows and the row schema."""
    train, schema = tmp_path / "train.csv", tmp_path / "rows.schema.json"
    data = people["ruth"].json(
        "bounty", "open", cancer, "--target", "diagnosis", "--test-share", "30", "--train-out", train,
        "--reward", "500", "--fast", "--anyway", *options,  # every test draws the same rows
    )  # fmt: skip
    people["alice"].ok("bounty", "schema", data["bounty"], "--out", schema)
    assert data["train_rows"] + data["test_rows"] == 569
    return data["bounty"], train, schema


def judge(people, bounty, *, relayed=False, tmp_path=None):
    """Draw, grant, commit and reveal, each by whoever's turn it is."""
    people["bob"].ok("bounty", "draw", bounty)
    found = show(people, bounty)
    maker = people.of(found["candidate"])
    panel = [people.of(one) for one in sorted({p["evaluator"] for p in found["panel"]["places"]})]
    assert "not granted" in panel[0].fails("operator", "commit", bounty)
    assert "bounty show" in people["bob"].fails("bounty", "grant", bounty)
    maker.ok("bounty", "grant", bounty)
    for one in panel:
        one.ok("operator", "commit", bounty)
    files = []
    for number, one in enumerate(panel):
        if relayed:
            files.append(tmp_path / f"{number}.attestation")
            one.ok("operator", "export-attestation", bounty, "--out", files[-1])
        else:
            one.ok("operator", "reveal", bounty)
    if relayed:
        people["bob"].ok("operator", "relay", *files)
    return show(people, bounty)


def test_story__by_hand__everybody_is_paid(people, cancer, tmp_path):
    ruth, alice, bob, mallory = (people[name] for name in ("ruth", "alice", "bob", "mallory"))
    asset = bob.json("asset", "publish", cancer, "--price", "10", "--bond", "1")["asset"]
    bounty, train, schema = opened(people, cancer, tmp_path, "--dataset", f"{asset[:14]}:1000")
    assert "500" in alice.ok("bounty", "list")
    assert "submitting" in alice.ok("bounty", "show", bounty[:14])
    good, poor = tmp_path / "good.bin", tmp_path / "poor.bin"
    trained = alice.json("model", "train", train, "--bounty", bounty, "--kind", "linear", "--out", good)
    assert abs(trained["float_score"] - trained["integer_score"]) < 0.01
    mallory.ok("model", "train", train, "--schema", schema, "--kind", "tree", "--out", poor)
    assert alice.json("model", "inspect", good)["features"] == 30
    asked = alice.run("bounty", "submit", bounty, good, "--table", train, answer="n\n")
    assert asked.exit_code == 1
    for told in ("To be beaten: accuracy", "the baseline boosting", "+449", "the bond is lost", "Burned now"):
        assert told in " ".join(asked.stderr.split())
    alice.ok("bounty", "submit", bounty, good, "--price", "20", "--bond", "5", "--name", "The winner")
    mallory.ok("bounty", "submit", bounty, poor)
    assert "only after" in ruth.fails("bounty", "open-rows", bounty)
    pass_deadline(people, bounty)
    ruth.ok("bounty", "open-rows", bounty)
    asked = alice.run("bounty", "claim", bounty, answer="n\n")
    for told in ("On the 170 opened rows", "the same answer always", "the first to be judged", "-46.25"):
        assert told in " ".join(asked.stderr.split())
    score = alice.json("bounty", "claim", bounty)["score"]
    assert score == alice.json("model", "score", good, "--bounty", bounty)["score"] > 900_000_000
    assert "MORE THAN" in mallory.run("bounty", "claim", bounty, "--score", "1", "--yes").stderr
    assert "already" in mallory.fails("bounty", "claim", bounty)
    pass_deadline(people, bounty)
    bob.ok("bounty", "choose", bounty)
    found = judge(people, bounty)
    assert (found["stage"], found["candidate"], found["verdict"]) == ("window", mallory.address, "scored")
    pass_deadline(people, bounty)
    bob.ok("bounty", "finalize", bounty)
    assert bob.json("bounty", "advance", bounty)["done"] == "choose"
    found = judge(people, bounty, relayed=True, tmp_path=tmp_path)
    assert (found["stage"], found["candidate"]) == ("locking", alice.address)
    ruth.ok("bounty", "lock", bounty)
    assert alice.json("bounty", "deliver", bounty)["how"] == "delivered"
    ruth.ok("bounty", "receive", bounty, "--out", tmp_path / "received.bin")
    assert (tmp_path / "received.bin").read_bytes() == good.read_bytes()
    pass_deadline(people, bounty)
    bob.ok("bounty", "finalize", bounty)
    found = show(people, bounty)
    assert (found["stage"], found["outcome"], found["due"]["exit"]) == ("done", "paid", None)
    assert {one["score"] for one in found["attestations"]} >= {score}
    listed = alice.json("bounty", "activate", bounty)["asset"]
    assert alice.json("asset", "show", listed)["price"] == "20"
    assert bob.json("asset", "claim", asset)["claimed"] == "50"
    assert (
        alice.json("vault", "show")["free"] == "491.25"
    )  # 90 % of the reward, the claim bond, less the bond
    assert bob.json("vault", "check")["holds"] is True
    assert "paid" in alice.ok("bounty", "list", "--all")


def test_exits__silent_requester_and_bad_claims__by_hand(people, cancer, tmp_path):
    ruth, alice, bob = (people[name] for name in ("ruth", "alice", "bob"))
    bounty, train, _ = opened(people, cancer, tmp_path, "--threshold", "0.5")
    model = tmp_path / "model.bin"
    alice.ok("model", "train", train, "--bounty", bounty, "--kind", "tree", "--out", model)
    alice.ok("bounty", "submit", bounty, model)
    pass_deadline(people, bounty)
    assert bob.json("bounty", "advance", bounty)["done"] is None
    pass_deadline(people, bounty)
    bob.ok("bounty", "lapse", bounty)
    assert show(people, bounty)["outcome"] == "silent"
    assert bob.json("bounty", "advance", bounty)["done"] == "release"
    bounty, *_ = opened(people, cancer, tmp_path, "--threshold", "0.51")
    alice.ok("bounty", "submit", bounty, model)
    pass_deadline(people, bounty)
    ruth.ok("bounty", "open-rows", bounty)
    assert "the rows are good" in alice.fails("bounty", "claim-bad-rows", bounty)
    alice.ok("bounty", "claim-bad-rows", bounty, "--anyway")
    alice.ok("bounty", "claim", bounty)
    pass_deadline(people, bounty)
    for step in ("choose", "draw"):
        assert bob.json("bounty", "advance", bounty)["done"] == step
    pass_deadline(people, bounty)
    assert "close-commits" in bob.ok("bounty", "show", bounty)
    bob.ok("bounty", "close-commits", bounty)


def test_publish_key__model_not_granted__by_hand(people, cancer, tmp_path):
    ruth, alice, bob = (people[name] for name in ("ruth", "alice", "bob"))
    bounty, train, _ = opened(
        people, cancer, tmp_path, "--threshold", "0.52", "--metric", "balanced-accuracy"
    )
    model = tmp_path / "model.bin"
    alice.ok("model", "train", train, "--bounty", bounty, "--kind", "boosting", "--out", model)
    alice.ok("bounty", "submit", bounty, model)
    pass_deadline(people, bounty)
    ruth.ok("bounty", "open-rows", bounty)
    alice.ok("bounty", "claim", bounty)
    pass_deadline(people, bounty)
    bob.ok("bounty", "choose", bounty)
    bob.ok("bounty", "draw", bounty)
    ruth.ok("localnet", "advance", "301s")
    panel = [people.of(a) for a in {p["evaluator"] for p in show(people, bounty)["panel"]["places"]}]
    for one in panel:
        assert one.json("operator", "commit", bounty)["verdict"] == "unscorable"
    pass_deadline(people, bounty)
    bob.ok("bounty", "close-reveals", bounty)
    assert show(people, bounty)["panel"]["round"] == 2


def test_commands__out_of_turn_or_unknown__one_line_and_a_hint(people, cancer, tmp_path):
    ruth, alice, bob, carol = (people[name] for name in ("ruth", "alice", "bob", "carol"))
    bounty, train, schema = opened(people, cancer, tmp_path, "--threshold", "0.53")
    model = tmp_path / "model.bin"
    alice.ok("model", "train", train, "--schema", schema, "--kind", "tree", "--out", model)
    for verb in ("show", "schema", "open-rows", "claim", "draw", "lock", "deliver", "finalize", "advance"):
        assert "no bounty" in alice.fails("bounty", verb, NOBODYS)
    for verb in ("claim", "claim-bad-rows", "grant", "deliver", "publish-key", "draw"):
        assert "stage submitting" in alice.fails("bounty", verb, bounty)
    for verb in ("choose", "close-commits", "close-reveals", "lapse", "finalize", "release"):
        assert f"{verb} is not possible now; next, makers: submit" in bob.fails("bounty", verb, bounty)
    assert "belongs to" in alice.fails("bounty", "open-rows", bounty)
    assert "submitting, not locking" in ruth.fails("bounty", "lock", bounty)
    assert "candidate" in ruth.fails("bounty", "receive", bounty, "--out", tmp_path / "x")
    assert "recorded no model" in alice.fails("bounty", "activate", bounty)
    assert "not committing" in carol.fails("operator", "commit", bounty)
    assert "not revealing" in carol.fails("operator", "reveal", bounty)
    assert "owns a seat" in carol.fails("bounty", "submit", bounty, model)
    assert "not yours" in carol.fails("operator", "leave", "999")
    assert "no file of signed" in bob.fails("operator", "relay", schema)
    assert "can't read" in alice.fails("bounty", "submit", bounty, tmp_path / "missing")
    assert alice.run("bounty", "submit", bounty, schema, "--yes").exit_code == 1
    assert "no column" in ruth.fails("bounty", "open", cancer, "--target", "x", "--reward", "5")
    assert alice.run("bounty", "claim", bounty, "--score", "1.5").exit_code == 2
    assert alice.run("bounty", "open", cancer, "--reward", "5").exit_code == 2


def test_open__what_the_contract_would_refuse__is_refused_before_money_moves(people, cancer, tmp_path):
    ruth, carol = people["ruth"], people["carol"]
    before = ruth.json("vault", "show")
    start = ("bounty", "open", cancer, "--target", "diagnosis", "--reward", "7")
    assert "submitting lasts 10m to 30d, not 2m" in ruth.fails(*start, "--submitting", "2m")
    assert "must agree" in ruth.fails(*start, "--quorum", "1")
    assert "reward is more than 0" in ruth.fails(*start[:-1], "1000000")
    assert "deposit is at least" in ruth.fails(*start, "--deposit", "1")
    assert "who evaluates can't open contests" in carol.fails(*start)
    split = (*start, "--test-share", "30")
    assert "is the table itself" in ruth.fails(*split, "--train-out", cancer)
    assert ruth.run(*start, "--train-out", tmp_path / "rest.csv").exit_code == 2
    assert "has classes" in ruth.fails(*start, "--metric", "squared-error")
    assert ruth.json("vault", "show") == before


def test_open__rows_that_were_shown_before__are_refused(people, cancer, tmp_path):
    ruth, alice = people["ruth"], people["alice"]
    bounty, train, _ = opened(people, cancer, tmp_path, "--threshold", "0.52")
    model = tmp_path / "model.bin"
    alice.ok("model", "train", train, "--bounty", bounty, "--kind", "tree", "--out", model)
    alice.ok("bounty", "submit", bounty, model)
    pass_deadline(people, bounty)
    ruth.ok("bounty", "open-rows", bounty)
    start = (
        "bounty",
        "open",
        cancer,
        "--target",
        "diagnosis",
        "--test-share",
        "30",
        "--reward",
        "7",
        "--fast",
    )
    assert "170 of these 170 test rows are public since bounty 0x" in ruth.fails(*start)
    assert ruth.json(*start, "--anyway")["test_rows"] == 170


def test_open__answer_no__nothing_is_locked(people, cancer):
    ruth = people["ruth"]
    before = ruth.json("vault", "show")
    result = ruth.run("bounty", "open", cancer, "--target", "diagnosis", "--reward", "7", answer="n\n")
    assert result.exit_code == 1
    assert "becomes public" in result.stderr
    assert "Lock" in result.stderr
    assert ruth.json("vault", "show") == before


def test_seats__join_show_leave__by_hand(town):
    carol = citizen(town, "carol", tokens=2500)
    seat = carol.json("operator", "join")["seat"]
    assert "can be drawn" in carol.ok("operator", "show")
    assert carol.json("operator", "leave", seat)["leave_at"] > 0
    assert "can be left from" in carol.fails("operator", "leave", seat)
    town.advance(5 * 86_400)
    assert carol.json("operator", "leave", seat)["bond"] == "1000"
    assert carol.json("operator", "show")["seats"] == []
