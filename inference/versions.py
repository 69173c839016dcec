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
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:  # not Linux
        lines = []
    fields = (line.partition(":") for line in lines)
    flags = next((value.split() for key, _, value in fields if key.strip() in {"flags", "Features"}), [])
    strongest = next((name for flag, name in _FEATURES.get(machine, ()) if flag in flags), "generic")
    return f"{machine} {strongest}"
