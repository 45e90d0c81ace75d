"""`backfill` against moto, which keeps whatever was put at any age: killed on the way, refused beside a daemon."""

import random
import signal
import sqlite3
import subprocess

import boto3
from botocore.config import Config

from support import configuration, programs, store, world
from support.daemon import run
from support.waiting import allow
from test_moto import ACCOUNT, datapoints, moto  # noqa: F401 (a fixture)

MODELS = [f"global.{world.SONNET}", "82ey7vcct4m3", f"us.{world.HAIKU}"]
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount"]
DAY = 24 * 3600


def fill(url, dice):
    """Datapoints of 200 days: a few of each age, none of them near the edges of a resolution."""
    cloudwatch = boto3.client(
        "cloudwatch", region_name=world.SINGAPORE, endpoint_url=url, aws_access_key_id=configuration.ACCESS_KEY,
        aws_secret_access_key=configuration.IDENTITY.secret_key, config=Config(disable_request_compression=True))
    now, data = world.this_minute(), []
    for model in MODELS:
        for metric in METRICS:
            points = {now - dice.randrange(600, 14 * DAY) // 60 * 60: dice.randint(1, 1000) for _ in range(20)}
            points |= {now - dice.randrange(16 * DAY, 62 * DAY) // 60 * 60: dice.randint(1, 1000) for _ in range(20)}
            points |= {now - dice.randrange(65 * DAY, 199 * DAY) // 60 * 60: dice.randint(1, 1000) for _ in range(20)}
            data += datapoints(metric, {"ModelId": model}, points)
    for start in range(0, len(data), 500):
        cloudwatch.put_metric_data(Namespace="AWS/Bedrock", MetricData=data[start:start + 500])
    sums = {}
    for point in data:
        key = (point["Dimensions"][0]["Value"], point["MetricName"])
        sums[key] = sums.get(key, 0) + point["Value"]
    return sums


def rows(path):
    """Everything that a backfill stored, and the sums of each series and metric over all resolutions."""
    columns = [store.COLUMNS[metric] for metric in METRICS]
    tables = {"minutes": "minute", "five_minute_periods": "start", "hour_periods": "start"}
    stored, sums = {}, {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        models = dict(database.execute("SELECT id, model_id FROM series"))
        for table, time_column in tables.items():
            for series, start, *values in database.execute(
                    f"SELECT series_id, {time_column}, {', '.join(columns)} FROM {table}"):
                stored[table, models[series], start] = values
                for metric, value in zip(METRICS, values):
                    key = models[series], metric
                    sums[key] = sums.get(key, 0) + (value or 0)
    return stored, sums


def command(url, folder):
    """The arguments and the environment of a backfill of 200 days into a folder."""
    folder.mkdir(exist_ok=True)
    config = configuration.write(folder / "config.yaml", {"accounts": [{"regions": [world.SINGAPORE]}]})
    environment = configuration.environment(folder, None, AWS_ENDPOINT_URL=url, AWS_MAX_ATTEMPTS="1")
    arguments = ["backfill", "--yes", "--start=-200d", f"--config.file={config}", f"--storage.path={folder / 'usage.db'}"]
    return arguments, environment


def test_killed_ten_times_it_ends_like_an_uninterrupted_one(tmp_path, moto):  # noqa: F811
    dice = random.Random(seed := random.randrange(1 << 32))
    expected = fill(moto, dice)
    straight, broken = tmp_path / "straight", tmp_path / "broken"
    arguments, environment = command(moto, straight)
    whole = run(arguments, environment, straight, seconds=120)
    assert whole.returncode == 0, whole.stderr
    assert "USD" in whole.stdout and "Done: " in whole.stdout
    stored, sums = rows(straight / "usage.db")
    assert sums == expected, f"seed {seed}"

    arguments, environment = command(moto, broken)
    kills = 0
    while kills < 10:
        process = subprocess.Popen(
            [programs.exporter(), *arguments], env=environment, cwd=broken, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=dice.uniform(0.2, 1.2))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
            process.wait(timeout=allow(60))
            kills += 1
    rest = run(arguments, environment, broken, seconds=120)
    assert rest.returncode == 0, rest.stderr
    assert rows(broken / "usage.db")[1] == expected, f"seed {seed}"
    assert store.check_integrity(broken / "usage.db") == "ok"
    nothing = run(arguments, environment, broken)
    assert nothing.returncode == 0
    assert "Nothing is missing." in nothing.stdout


def test_nothing_is_paid_for_unasked_and_no_empty_store_is_left(tmp_path, workshop):
    cloud = workshop.cloud()
    cloud.data.put(world.SINGAPORE, MODELS[0], "Invocations", world.steady(1))
    file = configuration.write(tmp_path / "config.yaml", configuration.settings([world.SINGAPORE]))
    environment = configuration.environment(tmp_path, cloud.url, AWS_MAX_ATTEMPTS="1")
    path = tmp_path / "data" / "usage.db"
    arguments = ["backfill", "--start=-1d", f"--config.file={file}", f"--storage.path={path}"]
    unasked = run(arguments, environment, tmp_path)
    assert unasked.returncode == 2
    assert "USD" in unasked.stdout and "--yes" in unasked.stderr
    assert "Try bedrock-quota-exporter backfill --help." in unasked.stderr
    nobody = run([*arguments, "--yes"], {**environment, "AWS_ACCESS_KEY_ID": "AKIANOBODYNOBODY0000"}, tmp_path)
    assert nobody.returncode == 1 and "credentials rejected" in nobody.stderr
    assert not path.parent.exists()
    assert run([*arguments, "--yes"], environment, tmp_path).returncode == 0
    assert path.exists()
    assert run(arguments, environment, tmp_path).returncode == 0, "nothing is missing, so nothing is to be asked"


def test_a_region_that_aws_cannot_have_is_refused(tmp_path):
    environment = configuration.environment(tmp_path, "http://127.0.0.1:1")
    flag = run(["backfill", "--region=us-esat-1"], environment, tmp_path)
    assert flag.returncode == 2 and "did you mean us-east-1?" in flag.stderr
    file = configuration.write(tmp_path / "config.yaml", {"accounts": [{"regions": ["us-east-1", "ap-southaest-1"]}]})
    for command in ("serve", "backfill"):
        named = run([command, f"--config.file={file}"], environment, tmp_path)
        assert named.returncode == 1 and "did you mean ap-southeast-1?" in named.stderr
        assert "config.yaml:" in named.stderr
        variable = run([command], {**environment, "AWS_REGION": "us-esat-1"}, tmp_path)
        assert variable.returncode == 1 and 'AWS_REGION: "us-esat-1" is not a Region' in variable.stderr.replace("\\", "")


def test_it_refuses_to_write_beside_a_daemon(workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, world.SINGAPORE)
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start()
    environment = configuration.environment(daemon.folder, cloud.url)
    refused = run(
        ["backfill", f"--config.file={daemon.config_file}", f"--storage.path={daemon.store}"], environment,
        daemon.folder)
    assert refused.returncode == 1
    assert "polling.backfill: 455d" in refused.stderr and "reload" in refused.stderr
    assert daemon.stop() == 0


def test_bad_times_are_bad_usage(tmp_path):
    environment = configuration.environment(tmp_path)
    for flag in ["--start=yesterday", "--end=-500d", "--start=now"]:
        ended = run(["backfill", flag], environment, tmp_path)
        assert ended.returncode == 2, ended.stderr
        assert "--start" in ended.stderr or "--end" in ended.stderr
