"""Make small repositories with the real libraries, one folder a kind.

Run it in an environment of its own, with transformers, diffusers, sentence-transformers, peft,
mlflow-skinny, scikit-learn, skops and spacy; the Keras folder where keras is:

    python tests/data/make_repositories.py tests/data/repositories
    python tests/data/make_repositories.py tests/data/repositories keras
"""

from __future__ import annotations

import importlib
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
CONFIGURATION = """from transformers import PretrainedConfig


class TinyConfig(PretrainedConfig):
    model_type = "tiny"

    def __init__(self, width=4, **kwargs):
        self.width = width
        super().__init__(**kwargs)
"""
MODELING = """import torch
from torch import nn
from transformers import PreTrainedModel

from .configuration_tiny import TinyConfig


class TinyModel(PreTrainedModel):
    config_class = TinyConfig

    def __init__(self, config):
        super().__init__(config)
        self.layer = nn.Linear(config.width, config.width)
        self.post_init()

    def _init_weights(self, module):
        pass

    def forward(self, x):
        return torch.relu(self.layer(x))
"""
AGENT = """import mlflow
from helpers.scale import scale
from mlflow.pyfunc import PythonModel


class Doubler(PythonModel):
    def load_context(self, context):
        self.factor = 2

    def predict(self, context, model_input: list[str], params=None):
        return [scale(text, self.factor) for text in model_input]


mlflow.models.set_model(Doubler())
"""
LOADER = """import json
import os


class _Model:
    def __init__(self, table):
        self.table = table

    def predict(self, data):
        return [self.table.get(str(item)) for item in data]


def _load_pyfunc(path):
    with open(os.path.join(path, "table.json")) as file:
        return _Model(json.load(file))
"""


def tokenizer(path: Path, template: str | None = None) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"[UNK]": 0, "[PAD]": 1, "hello": 2, "world": 3}
    made = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]")
    fast.chat_template = template
    fast.save_pretrained(path)


def hugging_face(out: Path, source: Path) -> None:
    import torch
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel
    from peft import LoraConfig, get_peft_model
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 1, "vocab_size": 16}
    config = LlamaConfig(num_attention_heads=2, **sizes)
    model = LlamaForCausalLM(config)
    model.save_pretrained(out / "llama")
    tokenizer(out / "llama", TEMPLATE)
    model.save_pretrained(out / "sharded", max_shard_size="3KB")
    checkpoint(out / "checkpoint", model)
    bert = source / "bert"
    BertModel(BertConfig(num_attention_heads=2, **sizes)).save_pretrained(bert)
    tokenizer(bert)
    modules = [Transformer(str(bert)), Pooling(8)]
    SentenceTransformer(modules=modules, device="cpu").save(str(out / "sentence"))
    unet = UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(4,),
        down_block_types=("DownBlock2D",),
        up_block_types=("UpBlock2D",),
        norm_num_groups=2,
    )
    DDPMPipeline(unet=unet, scheduler=DDPMScheduler()).save_pretrained(out / "diffusers")
    lora = LoraConfig(r=1, target_modules=["q_proj"])
    get_peft_model(LlamaForCausalLM(config), lora).save_pretrained(out / "adapter")
    own_code(out / "own_code", source)


def checkpoint(out: Path, model: object) -> None:
    import numpy as np
    import torch
    from transformers import TrainingArguments

    model.save_pretrained(out)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    tokens = torch.tensor([[1, 2]])
    model(tokens, labels=tokens).loss.backward()
    optimizer.step()
    torch.save(optimizer.state_dict(), out / "optimizer.pt")
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    torch.save(scheduler.state_dict(), out / "scheduler.pt")
    state = {
        "python": random.getstate(),
        "numpy": np.random.get_state(),
        "cpu": torch.random.get_rng_state(),
    }
    torch.save(state, out / "rng_state.pth")
    torch.save(TrainingArguments(output_dir="x", use_cpu=True), out / "training_args.bin")
    (out / "trainer_state.json").write_text(json.dumps({"global_step": 1}))


def own_code(out: Path, source: Path) -> None:
    package = source / "tiny"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "configuration_tiny.py").write_text(CONFIGURATION)
    (package / "modeling_tiny.py").write_text(MODELING)
    configuration = importlib.import_module("tiny.configuration_tiny")
    modeling = importlib.import_module("tiny.modeling_tiny")
    configuration.TinyConfig.register_for_auto_class()
    modeling.TinyModel.register_for_auto_class("AutoModel")
    modeling.TinyModel(configuration.TinyConfig()).save_pretrained(out)


def mlflow_models(out: Path, source: Path) -> None:
    import mlflow
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(np.arange(8).reshape(-1, 1), [0] * 4 + [1] * 4)
    mlflow.sklearn.save_model(model, out / "mlflow_sklearn")
    helpers = source / "helpers"
    helpers.mkdir()
    (helpers / "__init__.py").write_text("")
    (helpers / "scale.py").write_text("def scale(text, factor):\n    return text * factor\n")
    (source / "agent.py").write_text(AGENT)
    (source / "my_loader.py").write_text(LOADER)
    (source / "words.txt").write_text("hello\n")
    (source / "table").mkdir()
    (source / "table" / "table.json").write_text('{"1": 2}')
    mlflow.pyfunc.save_model(
        out / "mlflow_code",
        python_model=str(source / "agent.py"),
        code_paths=[str(helpers)],
        artifacts={"words": str(source / "words.txt")},
        pip_requirements=["mlflow"],
    )
    mlflow.pyfunc.save_model(
        out / "mlflow_loader",
        loader_module="my_loader",
        data_path=str(source / "table"),
        code_paths=[str(source / "my_loader.py")],
        pip_requirements=["mlflow"],
    )


def spacy_pipeline(out: Path) -> None:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.to_disk(out / "spacy")


def keras_folder(out: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    model.save(out / "keras_folder", zipped=False)


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(exist_ok=True)
    if sys.argv[2:] == ["keras"]:
        keras_folder(out)
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        sys.path.insert(0, folder)
        hugging_face(out, source)
        mlflow_models(out, source)
    spacy_pipeline(out)
    for card in out.glob("*/README.md"):
        card.unlink()
    for model in out.glob("mlflow_*/MLmodel"):  # where it was made is nobody's business
        model.write_text(model.read_text().replace(folder, "/home/somebody/model"))
    shutil.rmtree(out / "spacy" / "__pycache__", ignore_errors=True)


if __name__ == "__main__":
    main()
