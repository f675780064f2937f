"""Configurations of Hugging Face libraries: what they would import or fetch, at any depth."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.report import Report
from tests.helpers.scanning import rules_of, scan_bytes

HONEST = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "_attn_implementation": "flash_attention_2",
    "hidden_size": 64,
    "quantization_config": {"quant_method": "gptq", "bits": 4},
    "vision_config": {"model_type": "siglip", "attn_implementation": "sdpa"},
    "transformers_version": "5.2.0",
    "trust_remote_code": False,
}
PIPELINE = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.30.0",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "safety_checker": [None, None],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
}
MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]


DENSE = {
    "in_features": 8,
    "out_features": 8,
    "activation_function": "torch.nn.modules.activation.Tanh",
}
ROUTER = {"types": {"a": "sentence_transformers.models.Dense"}, "structure": {"a": ["a"]}}
BLOCKS = {"_class_name": "UNet2DModel", "down_block_types": ["DownBlock2D", "AttnDownBlock2D"]}


def rules(value: object) -> dict[str, str]:
    report = scan_bytes(json.dumps(value).encode(), "config.json")
    assert report.complete
    return said(report)


def said(report: Report) -> dict[str, str]:
    """Leave out what only adds to other rules."""
    found = rules_of(report)
    found.pop("loader-vulnerability", None)
    return found


@pytest.mark.parametrize("value", [HONEST, PIPELINE, MODULES, DENSE, ROUTER, BLOCKS])
def test_honest_configurations_are_silent(value: object) -> None:
    report = scan_bytes(json.dumps(value, indent=2).encode(), "config.json")
    assert [one.format for one in report.artifacts] == ["hf-config"]
    assert report.complete
    assert not report.findings


@pytest.mark.parametrize(
    ("extra", "rule", "severity"),
    [
        ({"auto_map": {"AutoModel": "modeling_x.X"}}, "remote-code", "low"),
        ({"auto_map": {"AutoTokenizer": ["tok.T", None]}}, "remote-code", "low"),
        ({"auto_map": {"AutoModel": "other/repo--modeling_x.X"}}, "remote-code", "high"),
        ({"vision_config": {"auto_map": {"A": "o/r--m.X"}}}, "remote-code", "high"),
        ({"parts": [[{"auto_map": {"A": "m.X"}}]]}, "remote-code", "low"),
        ({"trust_remote_code": True}, "remote-code", "medium"),
        ({"text_config": {"trust_remote_code": True}}, "remote-code", "medium"),
        ({"custom_generate": "someone/generate"}, "remote-code", "high"),
        ({"custom_pipelines": {"x": {"impl": "pipe.X", "pt": ["A"]}}}, "remote-code", "low"),
        ({"_attn_implementation_internal": "someone/kernel"}, "remote-kernel", "high"),
        ({"_attn_implementation": {"": "sdpa", "v": "o/k@r:f"}}, "remote-kernel", "high"),
        ({"attn_implementation": "someone/kernel"}, "remote-kernel", "medium"),
        ({"auto_mapping": {"parent_library": "os.path"}}, "config-import", "medium"),
    ],
)
def test_code_from_elsewhere(extra: dict[str, object], rule: str, severity: str) -> None:
    assert rules({**HONEST, **extra}) == {rule: severity}


def test_pipelines_and_modules() -> None:
    assert rules({**PIPELINE, "unet": ["my_unet", "Net"]}) == {"config-import": "low"}
    assert rules({**PIPELINE, "_class_name": ["pipe", "P"]}) == {"remote-code": "low"}
    assert rules([{**MODULES[0], "type": "os.system"}]) == {"config-import": "medium"}


def test_a_key_that_stands_twice_counts_twice() -> None:
    text = '{"model_type": "x", "auto_map": {"A": "o/r--m.X"}, "auto_map": {}}'
    assert rules_of(scan_bytes(text.encode()))["remote-code"] == "high"


def test_escaped_keys_are_seen_through() -> None:
    text = '{"a\\u0075to_map": {"A": "o/r--m.X"}}'
    assert said(scan_bytes(text.encode()))["remote-code"] == "high"


def test_a_template_beside_code() -> None:
    value = {"chat_template": "{{ ''.__class__.__mro__ }}", "auto_map": {"A": "m.X"}}
    found = rules(value)
    assert found["remote-code"] == "low"
    assert "template-escape" in found


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 400), patch=st.binary(min_size=1, max_size=4))
def test_mutations_never_raise(place: int, patch: bytes) -> None:
    data = json.dumps({**HONEST, "auto_map": {"A": ["m.X", None]}}).encode()
    report = scan_bytes(data[: place % len(data)] + patch + data[place % len(data) + 1 :])
    assert not any("defect" in problem.advice for problem in report.errors)


def test_a_configuration_that_is_too_large_is_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelassay.io.json._MOST_VALUES", 100)
    text = '{"auto_map": {"A": "m.X"}, "x": [' + "[]," * 100 + "0]}"
    assert not scan_bytes(text.encode(), "config.json").complete


@pytest.mark.parametrize("size", [5000, 1 << 20])
def test_a_configuration_with_much_white_space_is_read(size: int) -> None:
    for text in (
        " " * size + '{"auto_map": {"A": "m.X"}}',
        '{"auto_map": {"A": "m.X"}' + " " * size + "}",
    ):
        assert said(scan_bytes(text.encode())) == {"remote-code": "low"}


@pytest.mark.parametrize(
    "value",
    [
        {"_class_name": "APipeline", "checker": ["os", "system"]},
        {"_class_name": ["os", "system"]},
        [{"type": "os.system", "path": "x"}],
        [{"type": "os.system", "idx": 0}],
        {**DENSE, "activation_function": "os.abort"},
        {"types": {"a": "subprocess.Popen"}},
        {"model_type": "bert", "sbert_ce_default_activation_function": "os.abort"},
        {"model_type": "bert", "sentence_transformers": {"activation_fn": "os.abort"}},
        {"tokenizer_class": "subprocess.Popen", "vocab": []},
    ],
)
def test_every_key_that_names_a_class_by_its_path_is_judged(value: object) -> None:
    found = rules(value)
    assert found.get("config-import") == "medium" or "remote-code" in found
