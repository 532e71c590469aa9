"""The docs are held to the sources: nothing is missing there, nothing is stale, nothing leads nowhere."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from hashlib import sha256
from pathlib import Path

import click
import pytest

from chain.asset import MAINNET
from chain.base58 import base58_encode, ripemd160
from chain.errors import StorageError
from chain.events import EVENTS_BY_NAME
from chain.keys import PrivateKey, Scheme, public_key_text, signature_key, signature_text
from chain.memory import MemoryBackend
from chain.operation import OPERATIONS_BY_NAME
from chain.params import Params
from chain.rows import DelegationReturn
from chain.store import Store
from chain.tables import Tables
from chain.transaction import Transaction
from chain.wire import LEGACY, Packing
from cli.main import skald
from node.config import SETTINGS
from tests.generate_docs import DOCS, PARTS, all_methods, all_tables, fresh, whole_files
from tests.helpers.sources import PACKAGES, PROJECT, commands, error_classes, failure_classes, modules, subclasses

DOCUMENTS = sorted([*DOCS.rglob("*.md"), PROJECT / "README.md", PROJECT / "CHANGELOG.md"])


def name_of(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def text_of(file_name: str) -> str:
    return (DOCS / file_name).read_text(encoding="utf-8")


def missing(file_name: str, words: list[str]) -> list[str]:
    """Those that do not stand in the document as `code`."""
    document = text_of(file_name)
    return [word for word in words if f"`{word}`" not in document]


# --- nothing is missing


def test_every_operation_and_event_is_described() -> None:
    assert missing("protocol.md", [*OPERATIONS_BY_NAME, *EVENTS_BY_NAME]) == []


def test_every_rpc_method_is_described_with_an_example() -> None:
    for name, method in all_methods().items():
        namespace = name.partition(".")[0]
        assert f"](reference/{namespace}.md)" in text_of("rpc.md")
        (part,) = [one for one in text_of(f"reference/{namespace}.md").split("\n## ") if one.startswith(f"{name}\n")]
        assert part.count("```json") == 2, f"{name} has no example"
        assert method.doc, f"{name} says nothing about itself"


def test_every_command_is_described() -> None:
    document = text_of("cli.md")
    for path, command, _ in commands():
        assert f"## {path}\n" in document or f"| `{path}` |" in document, path
        assert command.help, f"{path} has no help"


def test_every_error_is_described() -> None:
    assert missing("errors.md", [cls.code for cls in (*error_classes(), *failure_classes())]) == []


def test_there_is_advice_for_every_storage_error() -> None:
    modules()
    assert missing("operating.md", [cls.code for cls in subclasses(StorageError)]) == []


def test_every_table_is_described() -> None:
    assert missing("storage.md", [table.prefix.decode() for table in all_tables()]) == []


def test_every_kind_of_record_is_described() -> None:
    document = text_of("storage.md")
    prefixes = {
        value
        for module in modules()
        if module.__name__.startswith("chain.")
        for name, value in vars(module).items()
        if name.endswith("_PREFIX") and isinstance(value, bytes)
    }
    assert len(prefixes) >= 6
    for prefix in prefixes:
        shown = f"| `{prefix[0]:02x}`" + (f" `{prefix[1:].decode()}`" if prefix[1:] else "")
        assert shown in document, prefix


def test_every_setting_is_described() -> None:
    assert missing("operating.md", [setting.key for setting in SETTINGS]) == []


def test_every_parameter_is_described() -> None:
    numbers = [field.name for field in fields(Params) if field.type in (int, bool, "int", "bool")]
    identity = {"genesis_time", "blockchain_version"}
    wanted = [name for name in numbers if name not in identity and not name.startswith("initial_")]
    assert len(wanted) > 100
    assert missing("genesis.md", wanted) == []


def test_every_law_is_described() -> None:
    source = (PROJECT / "chain" / "invariants.py").read_text(encoding="utf-8")
    laws = re.findall(r'_expect\(\s*f?"([^"]+)"', source)
    assert len(laws) >= 8
    assert missing("invariants.md", laws) == []


def test_every_decision_is_listed() -> None:
    listed = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    for path in sorted((DOCS / "adr").glob("0*.md")):
        record = path.read_text(encoding="utf-8")
        assert f"]({path.name})" in listed
        assert record.startswith(f"# {path.name[:4]}. ")
        for part in ("\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n"):
            assert part in record, f"{path.name} has no {part.strip()}"


# --- nothing is stale


@pytest.mark.parametrize("file_name", sorted({place.partition(" ")[0] for place in PARTS}))
def test_generated_parts_are_fresh(file_name: str) -> None:
    assert fresh(file_name) == text_of(file_name), "run `make docs`"


@pytest.mark.parametrize("path", whole_files(), ids=lambda path: path.name)
def test_generated_files_are_fresh(path: Path) -> None:
    assert whole_files()[path] == path.read_text(encoding="utf-8"), "run `make docs`"


def test_no_page_is_left_of_what_is_not_served_any_more() -> None:
    assert set((DOCS / "reference").iterdir()) <= set(whole_files())


def test_the_byte_example_is_what_a_store_writes() -> None:
    backend = MemoryBackend()
    store = Store(backend)
    tables = Tables(store)
    store.begin()
    tables.delegation_returns.insert(DelegationReturn("alice", 7, 2_000_000, 1_700_000_000))
    store.commit(1, bytes.fromhex("00000001") + b"\xab" * 16, [(b"\x01b" + (1).to_bytes(8, "big"), b"\xbb")])
    assert dict(described_pairs()) == dict(backend.pairs)


def described_pairs() -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of the block of bytes in storage.md: hex digits up to the first wide gap, the rest of a line explains."""
    example = text_of("storage.md").split("```bytes\n")[1].split("```")[0]
    for pair in example.strip().split("\n\n"):
        parts: dict[str, str] = {"key": "", "value": ""}
        name = ""
        for line in pair.splitlines():
            name = line[:7].strip() or name
            parts[name] += re.split(r"\s{2,}", line[7:].strip())[0]
        yield bytes.fromhex(parts["key"]), bytes.fromhex(parts["value"])


def test_keys_and_signatures_are_written_as_described() -> None:
    """protocol.md: both kinds of keys, byte by byte."""
    digest = sha256(b"docs").digest()
    for scheme, public, private, size in (
        (Scheme.SECP256K1, "STM", "5", 65),
        (Scheme.ED25519, "PUB_ED_", "PVT_ED_", 97),
    ):
        key = PrivateKey.from_seed("docs", scheme)
        signature = key.sign(digest)
        assert (len(key.public_key), len(signature)) == (33, size)
        assert public_key_text(key.public_key).startswith(public)
        assert key.text.startswith(private)
        assert signature_key(digest, signature) == key.public_key
    assert (key.public_key[0], signature[0]) == (0xED, 0xED)
    assert signature[1:33] == key.public_key[1:]
    checksum = ripemd160(signature[1:] + b"ED")[:4]
    assert signature_text(signature) == "SIG_ED_" + base58_encode(signature[1:] + checksum)
    signed = Transaction(0, 0, 0, ()).with_packing(Packing(MAINNET, LEGACY)).with_signatures([signature])
    assert signed.to_json(LEGACY, MAINNET)["signatures"] == [signature_text(signature)]


def test_error_codes_are_unique() -> None:
    counts = Counter(cls.code for cls in (*error_classes(), *failure_classes()))
    assert [code for code, count in counts.items() if count > 1] == []


def test_every_error_has_a_code_and_a_sentence_of_its_own() -> None:
    for cls in error_classes():
        assert "code" in vars(cls), f"{cls.__name__} has no code of its own"
        assert re.fullmatch(r"[a-z][a-z0-9_]+", cls.code), cls.code
        assert cls.text


# --- nothing leads nowhere


def links_of(path: Path) -> list[str]:
    prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def anchors_of(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links_of(path):
        if link.startswith("https://"):
            continue
        file_name, _, anchor = link.partition("#")
        target = (path.parent / file_name).resolve() if file_name else path
        assert target.exists(), f"{name_of(path)} links to {link}"
        assert not anchor or anchor in anchors_of(target), f"{name_of(path)} links to {link}"


def test_every_document_is_linked() -> None:
    linked = {(path.parent / link.partition("#")[0]).resolve() for path in DOCUMENTS for link in links_of(path)}
    assert [name_of(path) for path in DOCUMENTS if path not in linked and path.name != "README.md"] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_files_that_are_named_exist(path: Path) -> None:
    named = re.findall(r"`((?:chain|rewards|node|cli|tests)/[\w/]+(?:\.py|/))`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (PROJECT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_document_names_a_place_on_somebodys_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"(?:/home/|/work/|/tmp/|/root/|/Users/|\.\./shared)\S*", text) == []


# --- commands that are written in the docs can be typed


NOT_COMMANDS = {"skald genesis", "skald data format 4 chain <64 hex digits>"}
"""Texts that only begin like a command: what a chain id is made of, what the file FORMAT says."""


def written_commands(path: Path) -> Iterator[str]:
    """Lines that begin with `skald` in the code blocks of a document, and `skald …` within its sentences."""
    text = path.read_text(encoding="utf-8")
    for block in re.findall(r"```(?:sh|text|console)\n(.*?)```", text, flags=re.DOTALL):
        for line in block.splitlines():
            if line.removeprefix("$ ").startswith("skald "):
                yield line.removeprefix("$ ").partition("   #")[0]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from (line for line in re.findall(r"`(skald [^`]+)`", prose) if line not in NOT_COMMANDS)


def check_command(line: str) -> None:
    """The line names a command and options that there are."""
    words = shlex.split(line)[1:]
    command: click.Command = skald
    context = click.Context(skald, info_name="skald", **skald.context_settings)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        below = command.get_command(context, words[0])
        if below is None:
            assert words[0].isupper() or words[0] == "…", f"{line}: there is no {words[0]}"
            return
        command = below
        context = click.Context(command, info_name=words.pop(0), parent=context)
    known = {name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in known]
    assert unknown == [], f"{line}: there is no {unknown}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_that_are_written_exist(path: Path) -> None:
    for line in written_commands(path):
        check_command(line)


def test_service_and_container_start_what_there_is() -> None:
    unit = text_of("deploy/skald.service")
    (command,) = re.findall(r"^ExecStart=/opt/skald/bin/(skald .+)$", unit, flags=re.MULTILINE)
    check_command(command)
    image = text_of("deploy/Dockerfile")
    for words in re.findall(r"^(?:HEALTHCHECK .+ CMD|ENTRYPOINT) (\[.+\])$", image, flags=re.MULTILINE):
        check_command(shlex.join(json.loads(words)))
    known = {setting.environment for setting in SETTINGS} | {"SKALD_HOME"}
    assert set(re.findall(r"SKALD_\w+", image)) <= known


def test_commands_that_messages_advise_exist() -> None:
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            for line in re.findall(r"`(skald [^`\n]+)`", path.read_text(encoding="utf-8")):
                check_command(line)


def test_the_first_post_of_the_readme_is_complete() -> None:
    lines = list(readme_commands())
    assert sum(line.startswith("skald vote ") for line in lines) == 3
    for beginning in ("account create", "post", "devnet advance", "show payouts", "claim"):
        assert any(line.startswith(f"skald {beginning} ") for line in lines), beginning


def readme_commands() -> Iterator[str]:
    """What the README asks a newcomer to type in the second terminal, in order; a script can run it with `sh`."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL):
        yield from block.splitlines()


def test_the_makefile_has_what_the_readme_names() -> None:
    readme, makefile = ((PROJECT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for target in set(re.findall(r"(?:^\$ |`)make (\w+)", readme, flags=re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_changelog_has_an_open_part() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## Unreleased\n\n\S", changelog, flags=re.MULTILINE)
