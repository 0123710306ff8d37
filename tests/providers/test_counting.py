"""Calls are counted within a block, in its thread, by whichever client says so."""

from concurrent.futures import ThreadPoolExecutor

from backend.providers.counting import add, counting


def test_what_is_said_within_a_block_is_its_own():
    add()
    with counting() as outer:
        add()
        with counting() as inner:
            add(3)
        add()
    add()

    assert (outer.calls, inner.calls) == (2, 3)


def test_another_thread_counts_for_itself():
    with counting() as count, ThreadPoolExecutor(1) as pool:
        pool.submit(add).result()

    assert count.calls == 0
