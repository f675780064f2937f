"""Names that configurations instantiate: by keys, by tags of Python, by those of HyperPyYAML."""

from __future__ import annotations

import json

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


#: As latent diffusion and Lightning's command line write what they build.
BUILT = """
model:
  target: ldm.models.diffusion.ddpm.LatentDiffusion
  params: {first_stage_config: {target: ldm.models.autoencoder.AutoencoderKL}}
trainer:
  - class_path: lightning.pytorch.callbacks.ModelCheckpoint
monitor: {target: metrics.accuracy}
"""


def test_other_keys_that_name_what_is_built_are_no_alarm() -> None:
    report = scan_bytes(BUILT.encode(), "config.yaml")
    assert (report.complete, report.findings) == (True, [])


@pytest.mark.parametrize("key", ["target", "class_path"])
@pytest.mark.parametrize("name", ["os.system", "builtins.exec", "torch.os.system", "pickle.load"])
def test_other_keys_that_name_what_acts_are_found(key: str, name: str) -> None:
    written = json.dumps({"a": {key: name, "params": {}}})
    for text in (f"{BUILT}hidden:\n  - {key}: {name}\n", written):
        found = [one.severity.value for one in scan_bytes(text.encode(), "config.yaml").findings]
        assert found == ["critical"]


def test_text_that_only_looks_like_such_a_key_stays_text() -> None:
    source = b"def loss(\n    output: torch.Tensor,\n    target: torch.Tensor,\n):\n    return 1\n"
    report = scan_bytes(source, "loss.py")
    assert (report.complete, report.findings) == (True, [])


@pytest.mark.parametrize(
    "name",
    [
        "omegaconf.OmegaConf.load",
        "omegaconf.OmegaConf.register_new_resolver",
        "torch.nn.Linear.__init__.__globals__.get",
        "nemo.core.Model.__class__.mro",
    ],
)
def test_a_method_or_what_python_keeps_is_no_class_of_a_model(name: str) -> None:
    report = scan_bytes(f"model:\n  _target_: {name}\n".encode(), "config.yaml")
    assert [one.severity.rank >= 3 for one in report.findings] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system\n- echo\n",
        "- !!python/object/new:type\n  args: [a]\n",
        "!<tag:yaml.org,2002:python/object/apply:os.system> [echo]\n",
    ],
)
def test_a_tag_at_the_root_is_found(text: str) -> None:
    assert scan_bytes(text.encode(), "x.yaml").verdict == "malicious"


@pytest.mark.parametrize(
    "text",
    [
        "{'model': {'_target_': 'os.system', 'command': 'echo'}}",
        '{"model": {"_target_": "os.system", "command": "echo"}}',
        "model:\n  _target_: os.system\n",
    ],
)
def test_a_configuration_in_the_metadata_of_safetensors_is_found(text: str) -> None:
    header = json.dumps({"__metadata__": {"format": "pt", "config": text}}).encode()
    data = len(header).to_bytes(8, "little") + header
    report = scan_bytes(data, "model.safetensors")
    assert [one.rule for one in report.findings] == ["config-target"]
