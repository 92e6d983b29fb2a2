"""The journal's file, when several processes want it at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from marketplace.chain import Journal


def test_journal__opened_first_by_many_at_once__is_made_once(tmp_path):
    for attempt in range(5):
        path, together = tmp_path / str(attempt) / "journal.db", threading.Barrier(8)

        def make(path=path, together=together):
            together.wait()
            Journal(path).close()

        with ThreadPoolExecutor(8) as pool:
            for made in [pool.submit(make) for _ in range(8)]:
                made.result()
