"""The class of CPU that a score depends on."""

import platform

import pytest

from inference.versions import find_kernel_class

ON_X86 = pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="flags of another machine")


@ON_X86
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("sse avx avx2 avx512f avx512_vnni", "x86-64 avx512-vnni"),
        ("sse avx avx2 avx512f", "x86-64 avx512"),
        ("sse avx avx2", "x86-64 avx2"),
        ("sse", "x86-64 generic"),
    ],
)
def test_the_strongest_feature_names_the_class(tmp_path, flags, expected):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\n\n")
    assert find_kernel_class(cpuinfo) == expected


def test_where_the_system_does_not_say_it_is_generic(tmp_path):
    assert find_kernel_class(tmp_path / "none").endswith("generic")
