"""What a container grants is what is used, in both versions of cgroups."""

import os

import pytest

from inference.limits import count_cores, find_cpu_quota, find_memory_limit

HOST_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.fixture
def host(tmp_path):
    """Writes files below a root that stands for the machine's."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        return tmp_path

    return write


def test_without_limits_the_hosts_cores_count(tmp_path):
    assert find_cpu_quota(tmp_path) is None
    assert count_cores(tmp_path) == HOST_CORES
    assert find_memory_limit(tmp_path) is None


@pytest.mark.parametrize(
    ("written", "cores"), [("150000 100000", 1.5), ("50000 100000", 0.5), ("max 100000", None)]
)
def test_version_2_in_a_container(host, written, cores):
    root = host({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": written})
    assert find_cpu_quota(root) == cores


def test_a_quota_of_half_a_core_is_one_core_and_never_none(host):
    root = host({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "50000 100000"})
    assert count_cores(root) == 1


def test_the_strictest_group_above_counts(host):
    root = host(
        {
            "proc/self/cgroup": "0::/system.slice/nevus.service",
            "sys/fs/cgroup/system.slice/nevus.service/cpu.max": "400000 100000",
            "sys/fs/cgroup/system.slice/cpu.max": "100000 100000",
            "sys/fs/cgroup/system.slice/nevus.service/memory.max": "max",
            "sys/fs/cgroup/system.slice/memory.max": "943718400",
            "proc/meminfo": "MemTotal:       16384000 kB\nMemFree: 1 kB",
        }
    )
    assert find_cpu_quota(root) == 1.0
    assert find_memory_limit(root) == 943718400


@pytest.mark.parametrize(("quota", "cores"), [("200000", 2.0), ("-1", None)])
def test_version_1_by_its_own_mounts(host, quota, cores):
    root = host(
        {
            "proc/self/cgroup": "4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota,
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "500000000",
        }
    )
    assert find_cpu_quota(root) == cores
    assert find_memory_limit(root) == 500_000_000


def test_the_machines_memory_is_a_limit_too(host):
    root = host(
        {
            "proc/self/cgroup": "4:memory:/",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            "proc/meminfo": "MemTotal:       2048000 kB",
        }
    )
    assert find_memory_limit(root) == 2_048_000 * 1024


def test_files_without_sense_are_no_limit(host):
    root = host({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "a b", "sys/fs/cgroup/memory.max": ""})
    assert find_cpu_quota(root) is None
    assert find_memory_limit(root) is None
