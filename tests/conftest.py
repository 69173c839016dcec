"""Rules for every test: nothing is skipped in continuous integration, and nothing depends on speed."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.log_reader import capsys, logs_name_nobody, pytest_runtest_makereport

__all__ = ["capsys", "logs_name_nobody", "pytest_runtest_makereport"]  # for every test

# Hypothesis would fail an example that takes longer than 200 ms.
settings.register_profile("nevus", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nevus")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say why a run without a failed test is red all the same."""
    if _skips_are_failures(config):
        terminalreporter.write_line("CI is set: a skipped test fails the run.", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With CI set, turn a passing run with skipped tests into a failing one."""
    if exitstatus == pytest.ExitCode.OK and _skips_are_failures(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skips_are_failures(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return bool(os.environ.get("CI")) and reporter is not None and bool(reporter.stats.get("skipped"))
