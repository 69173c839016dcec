"""What a score depends on besides the photo: recorded with each case, for replays."""

import platform
from pathlib import Path

# Features that choose another kernel in ONNX Runtime, the strongest first; the names are the kernel's.
_FEATURES = {
    "x86-64": (
        ("amx_int8", "amx"),
        ("avx512_vnni", "avx512-vnni"),
        ("avx512f", "avx512"),
        ("avx_vnni", "avx2-vnni"),
        ("avx2", "avx2"),
        ("avx", "avx"),
    ),
    "aarch64": (("sve", "sve"), ("i8mm", "i8mm"), ("asimddp", "dotprod"), ("asimd", "neon")),
}
_MACHINES = {"x86_64": "x86-64", "AMD64": "x86-64", "arm64": "aarch64"}


def find_kernel_class(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The class of CPU within which scores are bit-identical, for example "x86-64 avx512-vnni"."""
    machine = _MACHINES.get(platform.machine(), platform.machine())
    flags = _read_flags(cpuinfo)
    strongest = next((name for flag, name in _FEATURES.get(machine, ()) if flag in flags), "generic")
    return f"{machine} {strongest}"


def _read_flags(cpuinfo: Path) -> frozenset[str]:
    try:
        text = cpuinfo.read_text(encoding="ascii", errors="replace")
    except OSError:  # not Linux
        return frozenset()
    for line in text.splitlines():
        key, _, values = line.partition(":")
        if key.strip() in {"flags", "Features"}:
            return frozenset(values.split())
    return frozenset()
