"""The rooms point one way: bot -> inference, storage; models -> inference; nothing else."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {"bot": {"inference", "storage"}, "models": {"inference"}, "inference": set(), "storage": set()}
BANNED = {
    "inference": {"torch", "transformers", "telegram", "sqlalchemy"},
    "storage": {"telegram"},
    "bot": {"torch", "transformers"},
    "models": {"telegram", "sqlalchemy"},
}
# The Open Inference Protocol runtime is the one place that may know the server it runs in.
ONLY_IMPORTER = {"mlserver": "inference/serving.py"}


def imported_roots(file: Path) -> set[str]:
    roots: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            roots.add(node.module.split(".")[0])
    return roots


def files_of(layer: str) -> list[Path]:
    files = sorted((ROOT / layer).rglob("*.py"))
    assert files, f"nothing to check in {layer}"
    return files


@pytest.mark.parametrize("layer", MAY_IMPORT)
def test_layers_point_one_way(layer):
    forbidden = (set(MAY_IMPORT) - MAY_IMPORT[layer] - {layer}) | BANNED[layer]
    for file in files_of(layer):
        found = imported_roots(file) & forbidden
        assert not found, f"{file.relative_to(ROOT)} must not import {', '.join(sorted(found))}"


@pytest.mark.parametrize(("package", "importer"), ONLY_IMPORTER.items())
def test_a_package_with_one_importer_has_no_other(package, importer):
    files = [file for layer in MAY_IMPORT for file in files_of(layer)]
    importers = {str(file.relative_to(ROOT)) for file in files if package in imported_roots(file)}
    assert importers <= {importer}


def test_the_check_sees_every_way_of_importing(tmp_path):
    file = tmp_path / "sample.py"
    file.write_text("import torch.nn\nfrom telegram.ext import Application\ndef f():\n    import storage\n")
    assert imported_roots(file) == {"torch", "telegram", "storage"}


def test_no_layer_is_missing_from_the_check():
    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert packages == set(MAY_IMPORT)
