"""Rules for every test: in continuous integration nothing may be skipped."""

import os

import pytest


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
