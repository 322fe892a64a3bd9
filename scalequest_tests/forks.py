"""Processes that tests kill: forked from one that has imported what is slow to import, and has started no thread."""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
# One server a process, whichever test starts it: what each of them needs.
FORKS.set_forkserver_preload(["scalequest_tests.conftest", "scalequest_assets.engines.training.worker"])
