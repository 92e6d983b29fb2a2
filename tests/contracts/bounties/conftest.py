"""The fixtures of contests."""

from tests.contracts.contest_fixtures import *  # noqa: F403
