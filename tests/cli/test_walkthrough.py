"""The first post of a newcomer, typed command by command against a devnet whose chain is real and whose slots come when asked."""

from cli import devnet


def test_from_an_account_to_a_claimed_payout(world, answer, skald):
    created = answer("account", "create", "frank", "--creator", "alice", "--power-up", "1000 HIVE")
    assert created["keys"]["posting"].startswith("PUB_ED_")
    posted = answer(
        "post", "--author", "frank", "--title", "Hello, world!", "--body", "A *first* post.", "--tag", "intro"
    )
    assert (posted["author"], posted["permlink"]) == ("frank", "hello-world")

    answer("vote", "frank/hello-world", "--voter", "bob")
    answer("devnet", "advance", "20s")
    answer("vote", "frank/hello-world", "--voter", "carol", "--weight", "50%")
    answer("reply", "frank/hello-world", "--author", "dave", "--body", "Welcome.")
    assert "will be paid at" in skald("show", "payouts", "frank/hello-world").stdout
    assert "A *first* post." in skald("show", "post", "frank/hello-world", "--replies").stdout

    answer("devnet", "advance", "2m")
    paid = answer("show", "payouts", "frank/hello-world")
    assert paid["status"] == "paid"
    assert [row["account"] for row in paid["curators"]] == ["bob", "carol"]
    text = skald("show", "payouts", "frank/hello-world").stdout
    assert "paid at" in text
    assert "The arithmetic" in text
    assert "frank/hello-world" in skald("show", "payouts", "frank").stdout

    claimed = answer("claim", "--account", "frank")
    assert "frank claimed" in claimed["what"]
    assert "to claim" not in skald("account", "show", "frank").stdout
    kinds = {entry["op"][0] for _index, entry in answer("account", "history", "frank", "--limit", "100")}
    assert {"account_created", "comment", "author_reward", "claim_reward_balance"} <= kinds
    (vote,) = [entry["op"][1] for _, entry in answer("account", "history", "carol", "--operation", "vote")]
    assert vote["weight"] == 5000


def test_every_command_that_changes_the_chain_is_understood_by_it(world, folder, answer):
    answer("transfer", "1.5 HIVE", "bob", "--from", "alice", "--memo", "#for you")
    answer("power-up", "10 HIVE", "--from", "alice")
    answer("delegate", "100 HIVE", "bob", "--from", "alice")
    answer("power-down", "50 HIVE", "--account", "alice")
    answer("power-down", "stop", "--account", "alice")
    answer(
        "post",
        "--author",
        "alice",
        "--title",
        "One",
        "--body",
        "1",
        "--beneficiary",
        "bob:10%",
        "--max-payout",
        "9 HBD",
    )
    answer("edit", "alice/one", "--body", "1, again")
    answer("delete", "alice/one")
    answer("account", "update", "alice", "--rotate", "posting")
    answer("account", "update", "alice", "--profile", '{"profile": {"about": "A writer."}}')
    public = devnet.read_accounts(folder)["alice"]["active"]["public"]
    answer("witness", "register", "alice", "--signing-key", public, "--url", "https://alice.example")
    answer("witness", "update", "alice", "--interest", "5%")
    answer("witness", "vote", "alice", "--account", "bob")
    answer("witness", "proxy", "bob", "--account", "carol")
    answer("witness", "proxy", "none", "--account", "carol")
    answer("witness", "feed", "0.9 HBD", "--witness", "alice")
    answer("witness", "update", "alice", "--resign")


def test_from_a_proposal_to_its_payment_and_its_end(world, answer, skald):
    answer("transfer", "1000000 HBD", "hive.fund", "--from", "initminer")
    answer("post", "--author", "alice", "--title", "My plan", "--body", "A map of everything.")
    created = answer(
        "proposal", "create", "alice/my-plan", "--creator", "alice", "--subject", "A map",
        "--pay", "8000 HBD", "--for", "30d", "--receiver", "bob",
    )  # fmt: skip
    assert "alice asks for 8,000.000 HBD a day for bob" in created["what"]
    answer(
        "proposal",
        "create",
        "alice/my-plan",
        "--creator",
        "alice",
        "--subject",
        "More",
        "--pay",
        "8000 HBD",
        "--for",
        "90d",
    )
    answer("proposal", "vote", "0", "1", "--account", "carol")
    answer("proposal", "vote", "0", "--account", "dave")
    before = answer("account", "show", "bob")["account"]["hbd_balance"]
    answer("devnet", "advance", "2m")
    assert answer("account", "show", "bob")["account"]["hbd_balance"] != before
    listed = answer("proposal", "list")
    assert [row["id"] for row in listed["proposals"]] == [0, 1]
    first, second = (int(row["daily_funds"]["amount"]) for row in listed["proposals"])
    assert first == 8_000_000 > second > 0
    page = skald("proposal", "list").stdout
    assert "budget ends" in page
    assert "8,000.000 HBD" in page
    assert answer("proposal", "show", "0")["voters"] == ["carol", "dave"]

    answer(
        "proposal",
        "update",
        "0",
        "--creator",
        "alice",
        "--pay",
        "1 HBD",
        "--ends-in",
        "10d",
        "--subject",
        "A small map",
    )
    page = skald("proposal", "show", "0").stdout
    assert "A small map" in page
    assert "1.000 HBD" in page
    answer("proposal", "unvote", "1", "--account", "carol")
    assert answer("proposal", "show", "1")["voters"] == []
    answer("proposal", "remove", "0", "1", "--creator", "alice")
    assert "There are no such proposals" in skald("proposal", "list").stdout
    assert skald("proposal", "show", "0").exit_code == 1


def test_every_look_at_the_chain_is_answered(world, answer, skald):
    for command in (
        ("show", "globals"),
        ("show", "witnesses"),
        ("show", "block"),
        ("show", "block", "7"),
        ("account", "show", "alice"),
        ("account", "history", "initminer"),
        ("show", "payouts", "alice"),
        ("node", "status"),
    ):
        assert skald(*command).stdout.strip()
        assert answer(*command)


def test_a_transaction_goes_through_three_commands(world, folder, skald, answer, tmp_path):
    keys = devnet.read_accounts(folder)["alice"]["active"]
    file = tmp_path / "key"
    file.write_text(keys["private"])
    built = skald("tx", "build", "transfer", "--from", "alice", "--to", "bob", "--amount", "1.000 HIVE").stdout
    signed = skald("tx", "sign", "-", "--key-file", str(file), "--packing", "hf26", input=built).stdout
    assert answer("tx", "inspect", "-", input=signed)["hf26"]["signers"] == [keys["public"]]
    assert answer("tx", "broadcast", "-", input=signed)["block_num"] > 25
