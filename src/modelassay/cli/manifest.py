"""`modelassay manifest`: write down a state that was found safe, and see later if it still is."""

from __future__ import annotations

import os

import click

from modelassay import sources
from modelassay.api import scan
from modelassay.cli.exits import Exit, exit_code
from modelassay.cli.gate import Gate
from modelassay.cli.outputs import STDOUT, put
from modelassay.cli.progress import Progress
from modelassay.core.text import visible
from modelassay.kernel import Item
from modelassay.signing import keys, manifest
from modelassay.signing.manifest import ManifestError


@click.group("manifest")
def command() -> None:
    """Write down a state that was found safe, and see later whether anything changed."""


@command.command("create")
@click.argument("target", metavar="TARGET")
@click.option("--output", default=STDOUT, metavar="FILE", help="Where it goes; not into TARGET.")
@click.option("--key", metavar="PEM", help="Sign it with this private key (extra: signing).")
@click.option(
    "--password-from",
    metavar="VARIABLE",
    help="The environment variable that holds the key's password.",
)
@click.option("--policy", metavar="FILE", envvar="MODELASSAY_POLICY", help="As in scan.")
@click.option("--baseline", metavar="FILE", help="As in scan.")
def create(
    target: str,
    output: str,
    key: str | None,
    password_from: str | None,
    policy: str | None,
    baseline: str | None,
) -> int:
    """Scan TARGET, hash every byte, and write both down; the exit code is that of the scan."""
    _outside(output, target)
    gate = Gate.read(policy, baseline)
    with Progress() as progress:
        report = scan(target, options=gate.options(hash=True), progress=progress)
    decision = gate.decide(report)
    code = exit_code(report, decision)
    made = manifest.make(target, report, code == Exit.CLEAR, sources.items(target))
    encoded = manifest.encode(made)
    if key is not None:
        password = os.environb.get(password_from.encode()) if password_from else None
        encoded = keys.sign(encoded, _read(key), password)
    put(encoded, output)
    if code != Exit.CLEAR:
        click.echo("modelassay: the manifest says that it did not pass.", err=True)
    return code


@command.command("verify")
@click.argument("saved", metavar="MANIFEST")
@click.argument("target", metavar="TARGET")
@click.option("--key", metavar="PEM", help="The public key that must have signed it.")
def verify(saved: str, target: str, key: str | None) -> int:
    """Hash TARGET again and hold it against MANIFEST: 0 as it was and passed then, else 1."""
    data = _read(saved)
    signed = keys.is_bundle(data)
    if key is not None:
        if not signed:
            raise ManifestError("the manifest is not signed")
        data = keys.verify(data, _read(key))
    elif signed:
        data = keys.unverified(data)
        click.echo("modelassay: the signature was not verified: give --key.", err=True)
    statement = manifest.decode(data)
    changes = manifest.compare(statement, target, _files(saved, target))
    for word, names in (
        ("changed", changes.changed),
        ("missing", changes.missing),
        ("added", changes.added),
    ):
        for name in names:
            click.echo(f"{word}: {visible(name)}")
    verdict = statement.predicate.modelassay
    if verdict is None:
        click.echo("The manifest holds no verdict: another tool made it.")
    else:
        passed = "passed" if verdict.passed else "did not pass"
        click.echo(f"When it was scanned, it {passed}: {visible(verdict.verdict)}.")
    click.echo("Nothing has changed." if changes.none else "It is not what was scanned.")
    return Exit.CLEAR if changes.none and verdict is not None and verdict.passed else Exit.FOUND


def _files(saved: str, target: str) -> list[Item]:
    """Return the files of TARGET, but for the manifest if it lies there."""
    own = os.path.realpath(saved)
    return [item for item in sources.items(target) if os.path.realpath(item.path) != own]


def _outside(output: str, target: str) -> None:
    if output == STDOUT or not os.path.isdir(target):
        return
    folder, file = os.path.realpath(target), os.path.realpath(output)
    if os.path.commonpath([folder, file]) == folder and os.path.exists(file):
        raise click.UsageError(f"{output!r} is a file of the target itself.")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ManifestError(f"cannot read {path!r}: {error.strerror}") from error
