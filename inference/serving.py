"""MLServer's runtime of the released networks: the same graphs, run as the bot itself runs them.

MLServer loads `NevusRuntime` for each network of a repository that `nevus models repository` wrote. It is the
only importer of mlserver, and runs in a separate environment (requirements/serve.txt).
"""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import InferenceError, MLServerError
from mlserver.types import InferenceRequest, InferenceResponse, MetadataModelResponse, ResponseOutput
from mlserver.utils import get_model_uri
from numpy.typing import NDArray

from inference.graphs import OnnxGraph
from inference.limits import count_cores
from inference.raw_opinions import INPUT, OUTPUTS, ClassifierError
from inference.served import KERNEL, ONNXRUNTIME, RELEASE, SHA256
from inference.versions import find_kernel_class

MOST_PHOTOS = 64  # in one request


class NevusRuntime(MLModel):  # type: ignore[misc,unused-ignore]
    """One network. Each photo of a request is run by itself: its score depends on nothing else."""

    async def load(self) -> bool:
        """Verify the graph against the hash in model-settings.json, then open it.

        Raises:
            MLServerError: it is altered or truncated, or cannot be run.
        """
        path = Path(await get_model_uri(self._settings))
        extra = self._extra
        if await asyncio.to_thread(_hash_file, path) != extra["sha256"]:
            raise MLServerError(f"{self.name}: the graph's SHA-256 is not model-settings.json's")
        self._size_px = int(extra["size_px"])
        try:
            self._graph = await asyncio.to_thread(
                OnnxGraph.open, path, size_px=self._size_px, outputs=self._outputs
            )
        except ClassifierError as error:
            raise MLServerError(str(error)) from error
        self._threads = ThreadPoolExecutor(count_cores(), thread_name_prefix=self.name)
        return True

    async def unload(self) -> bool:
        """Finish what is under way."""
        await asyncio.to_thread(self._threads.shutdown)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The outputs for the photos of a request.

        Raises:
            InferenceError: there is no tensor of uint8 photos at the network's size in it.
        """
        photos = self._read_photos(payload)
        loop = asyncio.get_running_loop()
        try:
            each = await asyncio.gather(
                *(loop.run_in_executor(self._threads, self._graph.run, photo) for photo in photos)
            )
        except ClassifierError as error:
            raise MLServerError(str(error), 500) from error
        outputs = [np.concatenate(parts) for parts in zip(*each, strict=True)]
        # A tensor with its own shape: MLServer's codec makes a column of a list.
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[
                ResponseOutput(
                    name=name, datatype="FP32", shape=list(output.shape), data=output.ravel().tolist()
                )
                for name, output in zip(self._outputs, outputs, strict=True)
            ],
        )

    async def metadata(self) -> MetadataModelResponse:
        """What the model is, with the release and what scores depend on here among its versions."""
        metadata = await super().metadata()
        extra = self._extra
        facts = {
            SHA256: extra["sha256"],
            RELEASE: extra["release"],
            ONNXRUNTIME: ort.__version__,
            KERNEL: find_kernel_class(),
        }
        metadata.versions = [str(self.version), *(f"{name}/{value}" for name, value in facts.items())]
        return metadata

    @property
    def _extra(self) -> dict[str, Any]:
        parameters = self._settings.parameters
        return dict(parameters.extra or {}) if parameters is not None else {}

    @property
    def _outputs(self) -> tuple[str, ...]:
        """Of the graph; a repository that was written before there was a finder does not name them."""
        return tuple(self._extra.get("outputs", OUTPUTS))

    def _read_photos(self, payload: InferenceRequest) -> NDArray[np.uint8]:
        given = next((each for each in payload.inputs if each.name == INPUT), None)
        if given is None or given.datatype != "UINT8":
            raise InferenceError(f"send a tensor of uint8 named {INPUT!r}")
        shape = tuple(given.shape)
        if shape[1:] != (self._size_px, self._size_px, 3) or not 1 <= shape[0] <= MOST_PHOTOS:
            raise InferenceError(
                f"{self.name} takes (N, {self._size_px}, {self._size_px}, 3), N up to {MOST_PHOTOS}"
            )
        try:
            return np.asarray(NumpyCodec.decode_input(given), dtype=np.uint8).reshape(shape)
        except (ValueError, OverflowError) as error:
            raise InferenceError("the tensor's values do not fit its shape") from error


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
