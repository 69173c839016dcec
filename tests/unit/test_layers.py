"""Imports point one way: between the four parts of the product, inside `bot/`, `storage/` and `models/`."""

import ast
from collections.abc import Mapping
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

# From the top down: a layer may import itself and the layers below it.
BOT_LAYERS = (
    {"__main__", "commands"},
    {"app", "lifecycle", "cli"},
    {"routing"},
    {"clinic"},
    {"cases"},
    {"conversation"},
    {"delivery"},
    {"cards", "texts", "monitor"},
    {
        "settings",
        "settings_groups",
        "settings_text",
        "engines",
        "logs",
        "errors",
        "output",
    },
)
STORAGE_LAYERS = ({"clinic"}, {"record"}, {"queues"}, {"database"})
MODELS_LAYERS = ({"cli"}, {"cli_options"}, {"release"}, {"training"}, {"networks"})
# What joins the tables of all layers: it may import each of them, and none imports it.
JOINING = {"migrations", "schema", "restoring", "erasures", "research", "statistics"}


def imported_modules(file: Path) -> set[str]:
    """Every module that a file names in an import; `from package import module` gives `package.module`."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            is_package = "." not in node.module
            modules |= (
                {f"{node.module}.{alias.name}" for alias in node.names} if is_package else {node.module}
            )
    return modules


def imported_roots(file: Path) -> set[str]:
    return {module.split(".")[0] for module in imported_modules(file)}


def rank_layers(layers: tuple[set[str], ...]) -> dict[str, int]:
    """The place of each folder or module in its layers; 0 is the top."""
    return {name: place for place, names in enumerate(layers) for name in names}


def find_pointing_up(package: Path, ranks: Mapping[str, int]) -> set[tuple[str, str]]:
    """Imports of a layer above: the importing file and the imported module."""
    found: set[tuple[str, str]] = set()
    for file in package.rglob("*.py"):
        rank = ranks.get(layer_of(file, package))
        for module in imported_modules(file):
            root, layer, *_ = [*module.split("."), ""]
            if rank is not None and root == package.name and ranks.get(layer, rank) < rank:
                found.add((str(file.relative_to(package.parent)), module))
    return found


def layer_of(file: Path, package: Path) -> str:
    """The folder directly in the package, or the module where there is none."""
    return file.relative_to(package).parts[0].removesuffix(".py")


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


def test_the_layers_inside_the_bot_point_one_way():
    assert find_pointing_up(ROOT / "bot", rank_layers(BOT_LAYERS)) == set()


def test_the_layers_inside_the_storage_point_one_way():
    assert find_pointing_up(ROOT / "storage", rank_layers(STORAGE_LAYERS)) == set()


def test_the_layers_inside_the_models_point_one_way():
    assert find_pointing_up(ROOT / "models", rank_layers(MODELS_LAYERS)) == set()


@pytest.mark.parametrize(
    ("package", "layers", "outside"),
    [
        ("bot", BOT_LAYERS, {"__init__", "localchat"}),
        ("storage", STORAGE_LAYERS, {"__init__", *JOINING}),
        ("models", MODELS_LAYERS, {"__init__"}),
    ],
)
def test_every_folder_and_module_has_a_layer(package, layers, outside):
    names = {layer_of(file, ROOT / package) for file in files_of(package)}
    assert names == set(rank_layers(layers)) | outside


def test_no_layer_of_the_storage_imports_what_joins_them():
    for file in files_of("storage"):
        if layer_of(file, ROOT / "storage") in rank_layers(STORAGE_LAYERS):
            found = imported_modules(file) & {f"storage.{name}" for name in JOINING}
            assert not found, f"{file.relative_to(ROOT)} must not import {', '.join(sorted(found))}"


def test_an_import_of_a_layer_above_is_found(tmp_path):
    package = tmp_path / "house"
    for folder in ("upper", "lower"):
        (package / folder).mkdir(parents=True)
    (package / "lower" / "a.py").write_text("def f():\n    from house.upper.b import x\n")
    (package / "upper" / "b.py").write_text("from house.lower import a\n")
    ranks = rank_layers(({"upper"}, {"lower"}))
    assert find_pointing_up(package, ranks) == {("house/lower/a.py", "house.upper.b")}
