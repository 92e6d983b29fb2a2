"""Work in threads: in order, no more alive than promised, and over when something fails."""

import threading
import time

import pytest

from marketplace.threads import alive, in_order


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
@pytest.mark.parametrize("threads", [1, 4])
def test_in_order__any_number__as_they_came_and_bounded(count, threads):
    living, most = set(), 0

    def jobs():
        nonlocal most
        for i in range(count):
            living.add(i)
            most = max(most, len(living))
            yield i

    def work(i):
        time.sleep(0.002 * (i % 3))
        return i

    seen = []
    for done in in_order(work, jobs(), threads):
        seen.append(done)
        living.remove(done)
    assert seen == list(range(count))
    assert most <= alive(threads)


def test_in_order__work_that_fails__comes_up_after_those_before():
    def work(i):
        if i == 7:
            raise ValueError("seven")
        return i

    seen = []
    with pytest.raises(ValueError, match="seven"):
        seen.extend(in_order(work, iter(range(100)), 3))
    assert seen == list(range(7))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("tessera-work")]
