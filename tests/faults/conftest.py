"""Faults: a private host without sshd; each harness says at its top what it breaks and what must hold."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))


def pytest_configure(config):
    config.addinivalue_line('markers', 'attack: a promise under attack, at length; run by `make attacks`')
    config.addinivalue_line('markers', 'soak: takes many minutes; run by `make soak`')
    config.option.markexpr = config.option.markexpr or 'not slow and not attack and not soak'
