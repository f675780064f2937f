"""Make ONNX Runtime models of the ONNX samples beside this file, in a folder named by its version.

Run in throw-away environments on Python 3.11: pip install onnxruntime==1.23.2 (and 1.17.3).
"""

from __future__ import annotations

from pathlib import Path

import onnxruntime

HERE = Path(__file__).parent
MOST = 40_000


def main() -> None:
    folder = HERE / f"onnxruntime-{onnxruntime.__version__}"
    folder.mkdir(exist_ok=True)
    for source in sorted((HERE / "onnx-1.16.2").glob("*.onnx")):
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(folder / f"{source.stem}.ort")
        options.add_session_config_entry("session.save_model_format", "ORT")
        try:
            onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # not all of them are whole models
            print(source.name, str(error)[:100])
    for path in folder.iterdir():
        if path.stat().st_size > MOST:
            path.unlink()


if __name__ == "__main__":
    main()
