"""What is shipped: the wheel, what the image holds beside Debian and Python, the heaviest imports.

The image is not built: its contents are added up from the packages that are installed here, by the names in
`requirements/run.txt`, less what the Dockerfile leaves out. Prints tables; asserts nothing.
"""

import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from stage import ROOT, describe_machine, print_table

LEFT_OUT = re.compile(
    r"/tests?/|babel/locale-data/(?!en|fr|root)|capi/libonnxruntime\.so|"
    r"onnxruntime/(transformers|quantization|tools)/"
)
MOST = 12


def main() -> None:
    """Everything, in order."""
    print(describe_machine())
    packages = measure_packages()
    wheel, unpacked = measure_wheel()
    largest = sorted(packages.items(), key=lambda each: -each[1])[:MOST]
    print_table("The largest packages, MB", [(name, f"{size:.1f}") for name, size in largest])
    print_table(
        "Sizes, MB",
        [
            ("packages that run, with bytecode", f"{sum(packages.values()):.1f}"),
            ("Nevus itself, with the networks", f"{unpacked:.1f}"),
            ("sum: the image beside Debian and Python", f"{sum(packages.values()) + unpacked:.1f}"),
            ("the wheel", f"{wheel:.1f}"),
        ],
    )
    print_table("The heaviest imports of `nevus run`, ms with what they import", list_imports())


def measure_packages() -> dict[str, float]:
    """MB of each package that runs, without what the image leaves out."""
    listed = re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE
    )
    sizes = {}
    for name in listed:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue  # for another Python or system
        kept = [file for file in files if not LEFT_OUT.search(f"/{file}")]
        paths = [Path(str(file.locate())) for file in kept]
        sizes[name] = sum(path.stat().st_size for path in paths if path.exists()) / 1e6
    return sizes


def measure_wheel() -> tuple[float, float]:
    """MB of the wheel, packed and unpacked."""
    import zipfile

    with tempfile.TemporaryDirectory(prefix="nevus-bench-") as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*command, "--wheel-dir", folder, str(ROOT)], check=True, stderr=subprocess.DEVNULL)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            unpacked = sum(each.file_size for each in archive.infolist())
        return wheel.stat().st_size / 1e6, unpacked / 1e6


def list_imports() -> list[tuple[str, str]]:
    """The modules that take longest, of those that import no other of them alone."""
    code = "import bot.app, bot.handlers, inference.local_engine, inference.classifiers, storage.schema"
    command = [sys.executable, "-X", "importtime", "-c", code]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = re.findall(r"\|\s+(\d+) \| (\s*)([\w.]+)$", done.stderr, re.MULTILINE)
    tops = {}
    for spent_us, _, module in found:
        top = module.split(".")[0]
        if module == top:
            tops[top] = int(spent_us) / 1000
    return [(name, f"{spent:.0f}") for name, spent in sorted(tops.items(), key=lambda each: -each[1])[:MOST]]


if __name__ == "__main__":
    main()
