"""`recover` as the README tells it: a store with damaged pages becomes a new one, the daemon goes on with it, reads what is
missing again and counts none of it twice.
"""

from support import configuration, store, world
from support.daemon import run
from support.waiting import wait_for
from test_disk import PAGE_BYTES, REGION, damage, furnished, is_whole, pages_of

MINUTES = 600
MODELS = 20
LOST = 3


def recover(workshop, source, target):
    """The command's exit code and what it says."""
    result = run(["recover", f"--storage.path={source}", f"--output={target}"],
                 configuration.environment(workshop.folder), workshop.folder, 60)
    return result.returncode, result.stdout + result.stderr


def counters(path):
    """What the counters stand at."""
    return sorted(store.rows(path, "SELECT account, region, model_id, metric, sum, exposed FROM counters"))


def test_a_daemon_goes_on_with_what_was_recovered(workshop):
    cloud = furnished(workshop)
    for index in range(MODELS):
        cloud.data.put(REGION, f"global.vendor.model-{index}", "Invocations", world.steady(index + 1, MINUTES, ahead=0))
    daemon = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud).start()
    wait_for(lambda: is_whole(daemon, cloud), "a whole store")
    assert daemon.stop() == 0
    before, counted = store.minutes(daemon.store), counters(daemon.store)

    leaves = pages_of(daemon.store, "minutes")
    assert len(leaves) > 4 * LOST
    for index in range(1, LOST + 1):
        damage(daemon.store, leaves[index * len(leaves) // (LOST + 1)])
    damaged = daemon.store.read_bytes()
    daemon.start(wait=False)
    assert daemon.wait(15) == 1
    assert "the command recover makes a new store" in daemon.log()

    new = daemon.folder / "new.db"
    code, said = recover(workshop, daemon.store, new)
    assert code == 3, said
    assert "minutes: " in said and "lost or doubtful: test " in said and "to be read again" in said, said
    assert daemon.store.read_bytes() == damaged, "it is left as it is"
    assert store.check_integrity(new) == "ok"
    kept = store.minutes(new)
    assert kept.items() <= before.items(), "nothing that was not there"
    assert len(before) * (1 - 2 * LOST / len(leaves)) < len(kept) < len(before)

    code, said = recover(workshop, daemon.store, new)
    assert code == 1 and "exists already" in said, said

    for path in daemon.folder.glob("usage.db*"):
        path.rename(path.with_name("damaged-" + path.name))
    new.rename(daemon.store)
    daemon.start()
    wait_for(lambda: is_whole(daemon, cloud), lambda: f"the missing minutes:\n{daemon.log()[-3000:]}")
    assert daemon.stop() == 0
    assert store.check_integrity(daemon.store) == "ok"
    assert counters(daemon.store) == counted, "what was read again is not counted again"


def test_what_cannot_be_recovered_is_said(workshop):
    folder = workshop.folder
    garbage = folder / "garbage.db"
    garbage.write_bytes(b"\x5a" * 3 * PAGE_BYTES)
    environment = configuration.environment(folder)
    for flags, code, text in (
        ([f"--storage.path={garbage}", f"--output={folder / 'new.db'}"], 1, "no row of a store can be read"),
        ([f"--storage.path={folder / 'none.db'}", f"--output={folder / 'new.db'}"], 1, "there is no such file"),
        ([f"--storage.path={garbage}", f"--output={garbage}"], 1, "exists already"),
        ([f"--storage.path={garbage}"], 2, "--output=FILE"),
    ):
        result = run(["recover", *flags], environment, folder)
        assert result.returncode == code and text in result.stderr, result
    assert not list(folder.glob("new.db*"))
