"""An inference server in this process: the protocol over HTTP with real graphs, and faults on demand."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestServer

from inference.graphs import OnnxGraph
from inference.release import load_release
from inference.served import SHA256, ServedModel, find_served

Spoil = Callable[[str, dict[str, Any]], web.Response | dict[str, Any]]


class OipServer:
    """Serves one release. `spoil` sees each answer before it leaves, by the network's name."""

    def __init__(self, directory: Path) -> None:
        release = load_release(directory)
        self.models: dict[str, ServedModel] = {model.name: model for model in find_served(release).values()}
        self._graphs = {
            model.name: OnnxGraph.open(release.graph_path(name), size_px=model.size_px, outputs=model.outputs)
            for name, model in find_served(release).items()
        }
        self.asked: Counter[str] = Counter()  # infer calls by network
        self.ready = True
        self.sha256: str | None = None  # told instead of the truth
        self.spoil: Spoil = lambda _name, answer: answer
        self.delay_s = 0.0
        self._server: TestServer | None = None

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["OipServer"]:
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    async def start(self, port: int | None = None) -> None:
        app = web.Application()
        app.router.add_get("/v2/health/ready", self._answer_ready)
        app.router.add_get("/v2/models/{name}/versions/{version}", self._describe)
        app.router.add_post("/v2/models/{name}/versions/{version}/infer", self._infer)
        self._server = TestServer(app, port=port)
        await self._server.start_server()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.close()

    @property
    def port(self) -> int:
        assert self._server is not None
        assert self._server.port is not None
        return self._server.port

    async def _answer_ready(self, _request: web.Request) -> web.Response:
        return web.Response(status=200 if self.ready else 503)

    async def _describe(self, request: web.Request) -> web.Response:
        model = self._find(request)
        versions = [model.version, f"{SHA256}/{self.sha256 or model.sha256}", "kernel/here"]
        return web.json_response({"name": model.name, "platform": "test", "versions": versions})

    async def _infer(self, request: web.Request) -> web.Response:
        model = self._find(request)
        self.asked[model.name] += 1
        await asyncio.sleep(self.delay_s)
        (tensor,) = (await request.json())["inputs"]
        assert tensor["datatype"] == "UINT8"
        photo = np.array(tensor["data"], np.uint8).reshape(tensor["shape"])[0]
        outputs = [
            {
                "name": name,
                "datatype": "FP32",
                "shape": list(output.shape),
                "data": output.ravel().tolist(),
            }
            for name, output in zip(model.outputs, self._graphs[model.name].run(photo), strict=True)
        ]
        answer = self.spoil(
            model.name, {"model_name": model.name, "model_version": model.version, "outputs": outputs}
        )
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    def _find(self, request: web.Request) -> ServedModel:
        model = self.models.get(request.match_info["name"])
        if model is None or model.version != request.match_info["version"]:
            raise web.HTTPNotFound
        return model
