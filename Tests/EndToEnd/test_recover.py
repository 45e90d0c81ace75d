"""`backup` and `recover`: a store with damaged pages gives way to what can be read of it or to a backup; the daemon goes on
with it, reads what is missing again and counts none of it twice.
"""

import errno

from support import configuration, store, world
from support.daemon import run
from support.preload import FaultyDisk
from support.waiting import PATIENCE_SECONDS, wait_for
from test_disk import PAGE_BYTES, REGION, damage, furnished, is_whole, pages_of

MINUTES = 600
MODELS = 20
LOST = 3


def command(workshop, *arguments, **variables):
    """A command's exit code and what it says."""
    result = run(list(arguments), configuration.environment(workshop.folder) | variables, workshop.folder, 60)
    return result.returncode, result.stdout + result.stderr


def counters(path):
    """What the counters show."""
    return sorted(store.rows(path, "SELECT account, region, model_id, metric, exposed FROM counters"))


def filled(workshop, **sections):
    """A daemon with some thousand minutes in its store, and its AWS."""
    cloud = furnished(workshop)
    for index in range(MODELS):
        cloud.data.put(REGION, f"global.vendor.model-{index}", "Invocations", world.steady(index + 1, MINUTES, ahead=0))
    settings = configuration.settings([REGION], configuration.CACHED_POLLING, **sections)
    daemon = workshop.daemon(settings, cloud).start()
    wait_for(lambda: is_whole(daemon, cloud), "a whole store")
    return daemon, cloud


def damage_leaves(daemon):
    """Writes over some pages of minutes; the daemon then refuses the store. Returns the file."""
    leaves = pages_of(daemon.store, "minutes")
    assert len(leaves) > 4 * LOST
    for index in range(1, LOST + 1):
        damage(daemon.store, leaves[index * len(leaves) // (LOST + 1)])
    daemon.start(wait=False)
    assert daemon.wait(PATIENCE_SECONDS) == 1
    assert "the command recover tells what can be had in its place" in daemon.log()
    return daemon.store.read_bytes(), len(leaves)


def goes_on(daemon, cloud, counted):
    """The daemon with what was put in place: it becomes whole, and counts nothing twice."""
    daemon.start()
    wait_for(lambda: is_whole(daemon, cloud), lambda: f"the missing minutes:\n{daemon.log()[-3000:]}")
    assert daemon.stop() == 0
    assert store.check_integrity(daemon.store) == "ok"
    assert counters(daemon.store) == counted, "what was read again is not counted again"


def test_a_daemon_goes_on_with_what_was_salvaged(workshop):
    daemon, cloud = filled(workshop)
    assert daemon.stop() == 0
    before, counted = store.minutes(daemon.store), counters(daemon.store)
    damaged, leaves = damage_leaves(daemon)

    code, said = command(workshop, "recover", f"--storage.path={daemon.store}")
    assert code == 3 and "Nothing was changed. --salvage puts" in said, said
    assert "minutes: " in said and "lost or doubtful: test " in said and "to be read again" in said, said
    assert daemon.store.read_bytes() == damaged
    assert sorted(path.name for path in daemon.folder.glob("usage.db*")) == ["usage.db", "usage.db.lock"]

    code, said = command(workshop, "recover", f"--storage.path={daemon.store}", "--salvage")
    assert code == 3, said
    beside, = daemon.folder.glob("usage.db.damaged-*Z")
    assert str(beside) in said and beside.read_bytes() == damaged, "it is kept as it is"
    assert store.check_integrity(daemon.store) == "ok"
    kept = store.minutes(daemon.store)
    assert kept.items() <= before.items(), "nothing that was not there"
    assert len(before) * (1 - 2 * LOST / leaves) < len(kept) < len(before)
    goes_on(daemon, cloud, counted)


def test_a_daemon_makes_backups_and_goes_on_with_one(workshop):
    backups = workshop.folder / "backups"
    daemon, cloud = filled(workshop, storage={"backup": {"path": str(backups), "interval": "1m", "keep": 2}})
    made = wait_for(lambda: next(backups.glob("usage-*Z.db"), None), lambda: f"a backup:\n{daemon.log()[-3000:]}")
    assert made.stat().st_mode & 0o777 == 0o600 and backups.stat().st_mode & 0o777 == 0o700
    own = workshop.folder / "own.db"
    for code, text in ((0, "is a whole copy"), (1, "the file exists already")):
        ended, said = command(workshop, "backup", f"--storage.path={daemon.store}", f"--output={own}")
        assert ended == code and text in said, said
    assert store.minutes(own) and store.check_integrity(own) == "ok"
    disk = FaultyDisk(workshop.folder)
    disk.fail(errno.ENOSPC, 40)
    ended, said = command(
        workshop, "backup", f"--storage.path={daemon.store}", f"--output={workshop.folder / 'full.db'}", **disk.variables)
    assert ended == 1 and "cannot back up the store" in said and "disk is full" in said, said
    assert not list(workshop.folder.glob("full.db*"))
    assert daemon.stop() == 0
    counted = counters(daemon.store)
    damaged, _ = damage_leaves(daemon)

    options = [f"--config.file={daemon.config_file}", f"--storage.path={daemon.store}"]
    code, said = command(workshop, "recover", *options)
    newest = max(backups.glob("usage-*Z.db"))
    assert code == 3 and f"The newest good backup is {newest}, " in said and "--from-backup the backup" in said, said
    code, said = command(workshop, "recover", *options, "--from-backup")
    assert code == 0 and f"{newest}, " in said, said
    beside, = daemon.folder.glob("usage.db.damaged-*Z")
    assert beside.read_bytes() == damaged
    assert [row[-1] for row in counters(daemon.store)] == [row[-1] for row in counted], "no counter falls"
    goes_on(daemon, cloud, counted)


def test_what_cannot_be_recovered_is_said(workshop):
    folder = workshop.folder
    garbage = folder / "garbage.db"
    garbage.write_bytes(b"\x5a" * 3 * PAGE_BYTES)
    path = f"--storage.path={garbage}"
    for flags, code, text in (
        ([path], 1, "its list of tables cannot be read"),
        ([f"--storage.path={folder / 'none.db'}"], 1, "there is no such file"),
        ([path, "--from-backup"], 2, "--storage.backup.path=FOLDER"),
        ([path, "--from-backup", f"--storage.backup.path={folder}"], 1, "there is no good backup in"),
        ([path, "--from-backup", "--salvage"], 2, "two ways"),
    ):
        ended, said = command(workshop, "recover", *flags)
        assert ended == code and text in said, said
    assert garbage.read_bytes() == b"\x5a" * 3 * PAGE_BYTES
    ended, said = command(workshop, "backup", path)
    assert ended == 2 and "--output=FILE" in said, said
    ended, said = command(workshop, "backup", path, f"--output={folder / 'copy.db'}")
    assert ended == 1 and "not a database" in said and not (folder / "copy.db").exists(), said
