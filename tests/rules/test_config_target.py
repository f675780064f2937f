"""Names that configurations instantiate: by keys, by tags of Python, by those of HyperPyYAML."""

from __future__ import annotations

import pytest

from tests.helpers.scanning import scan_bytes

#: As SpeechBrain publishes its models, and as Lightning keeps what a model was made with.
HONEST = """
sample_rate: 16000
__set_seed: !apply:torch.manual_seed [1986]
window: (7, 7)
betas: !!python/tuple [0.9, 0.999]
folder: !!python/object/apply:pathlib.PosixPath
- results
- model
device: !!python/object/apply:torch.device [cuda, 0]
options: !!python/object:argparse.Namespace
  depth: 3
encoder: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN
  activation: !name:torch.nn.ReLU
  channels: [1024, 1024]
cost: !name:speechbrain.nnet.losses.nll_loss
optimizer: !name:torch.optim.Adam
  lr: 0.001
copy: !ref <encoder>
tokens: !include:tokens.yaml
"""
HOSTILE = {
    "!apply:os.system [echo]": "critical",
    "!new:subprocess.Popen [echo]": "critical",
    "!name:os.system": "high",
    "!name:speechbrain.os.system": "high",
    "!apply:speechbrain.utils.superpowers.run_shell [echo]": "high",
    "!module:acme.nets": "medium",
    "!new:acme.nets.Net {}": "medium",
    "!apply:os%2Esystem [echo]": "critical",
    "!<!apply:os.system> [echo]": "critical",
    "(1, !apply:os.system [echo])": "critical",
    "('a', !!python/object/apply:os.system [echo])": "critical",
    "!!python/object/apply:eval [1]": "critical",
    "!!python/object/new:type [a, [], {}]": "critical",
    "!!python/object/apply:torch.storage._load_from_bytes [!!binary gA==]": "critical",
    "!!python/name:builtins.exec ''": "high",
    "!!python/object/apply:pip.main [a]": "critical",
}


def test_what_honest_configurations_name_is_no_alarm() -> None:
    report = scan_bytes(HONEST.encode(), "hyperparams.yaml")
    assert report.complete
    assert [one for one in report.findings if one.severity.rank > 1] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_that_acts_is_found(text: str) -> None:
    report = scan_bytes(f"{HONEST}hidden: {text}\n".encode(), "hyperparams.yaml")
    found = [one.severity.value for one in report.findings if one.rule == "config-target"]
    assert HOSTILE[text] in found


def test_a_configuration_of_another_folder_is_found() -> None:
    report = scan_bytes(b"a: !include:../../etc/passwd\n", "hyperparams.yaml")
    assert "external-reference" in {one.rule for one in report.findings}
