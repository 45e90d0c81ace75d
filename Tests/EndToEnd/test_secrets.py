"""Servers and programs that quote every secret back: none may turn up in anything that the program writes or answers."""

import itertools
import stat

from support import configuration, pools, secrets, world
from support.daemon import run
from support.fake_aws import Identity, Role
from support.fake_aws.messages import ServiceError
from support.receivers import Recorder
from support.waiting import wait_for

HAIKU = f"us.{world.HAIKU}"
ROLE = "arn:aws:iam::111122223333:role/quota"
#: What the program holds of AWS: the keys that assume the role, the role's, another account's, and the external ID.
OTHER = Identity("AKIAOTHERACCOUNT0001", secrets.WRONG_SECRET_KEY)
OF_AWS = [secrets.SECRET_KEY, secrets.SESSION_TOKEN, secrets.ROLE_SECRET_KEY, secrets.ROLE_TOKEN, secrets.WRONG_SECRET_KEY,
          secrets.EXTERNAL_ID]


class Quoting(Recorder):
    """Refuses whatever it is sent with one part after the other of all that it could know."""

    def __init__(self, *known):
        super().__init__()
        self._quotes = itertools.cycle([form for secret in known for form in secrets.forms(secret)])
        self.status = 500

    def pass_on(self, request):
        """An answer that quotes, beginning with the request's own address and authorization."""
        status, _ = super().pass_on(request)
        own = [request.target, request.headers.get("authorization", "")] if len(self.requests) % 2 else []
        return status, " ".join(own + [next(self._quotes) for _ in range(4)]).encode()


def quoting_aws(known):
    """A fault of an AWS that quotes, one after the other, what it could know, in codes, too."""
    quotes = itertools.cycle([form for secret in known for form in secrets.forms(secret)])

    def act(request, good):
        code = next(quotes) if request.operation == "ListFoundationModels" else "ValidationException"
        raise ServiceError(400, code, " ".join(next(quotes) for _ in range(3)))

    return act


def program(folder):
    """A command that says its arguments and whatever the test has written beside it, and fails."""
    path = folder / "page"
    path.write_text(f'#!/bin/sh\necho "$@ $(cat {folder}/quotes)" >&2\nexit 3\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    (folder / "quotes").write_text(" ".join(secrets.forms(secrets.HOOK_PASSWORD) + [secrets.BEARER]))
    return [str(path), secrets.ARGUMENT]


def test_nothing_that_is_quoted_back_is_shown(workshop, tmp_path):
    """By webhooks, Slack, remote write, a command and two accounts' AWS."""
    cloud = pools.furnish(workshop.cloud())
    base = Identity(configuration.ACCESS_KEY, secrets.SECRET_KEY, secrets.SESSION_TOKEN)
    cloud.data.add_identity(base)
    cloud.data.add_identity(OTHER)
    keys = Identity("ASIAROLE000000000001", secrets.ROLE_SECRET_KEY, secrets.ROLE_TOKEN)
    cloud.data.add_role(Role(ROLE, keys, secrets.EXTERNAL_ID))
    pools.use(cloud, HAIKU, 0.85)
    for name, text in {"hmac": secrets.HMAC_KEY, "bearer": secrets.BEARER, "password": secrets.PASSWORD}.items():
        (tmp_path / name).write_text(text + "\n")
    hooks = [Quoting(secrets.HOOK_PASSWORD, secrets.HOOK_TOKEN, secrets.HMAC_KEY, secrets.QUERY),
             Quoting(*secrets.HOOK_PATH.split("/"), secrets.EXTERNAL_ID),
             Quoting(secrets.BEARER, secrets.QUERY, secrets.HMAC_KEY),
             Quoting(secrets.PASSWORD, *OF_AWS)]
    try:
        settings = pools.settings([
            {"type": "webhook", "hmac_secret_file": str(tmp_path / "hmac"),
             "url": hooks[0].url(f"/hook?token={secrets.HOOK_TOKEN}").replace("://", f"://user:{secrets.HOOK_PASSWORD}@")},
            {"type": "slack", "url": hooks[1].url(f"/services/{secrets.HOOK_PATH}")},
            {"type": "command", "command": program(tmp_path)},
        ])
        settings["accounts"] = [
            {"name": "test", "regions": [pools.REGION]},
            {"name": "role", "regions": [pools.REGION], "role_arn": ROLE, "external_id": secrets.EXTERNAL_ID},
            {"name": "other", "regions": [pools.REGION], "profile": "other"},
        ]
        settings["remote_write"] = [
            {"name": "bearer", "url": hooks[2].url(f"/write?key={secrets.QUERY}"),
             "bearer_token_file": str(tmp_path / "bearer"), "start": "1h"},
            {"name": "basic", "url": hooks[3].url("/write"), "start": "1h",
             "basic_auth": {"username": "user", "password_file": str(tmp_path / "password")}},
        ]
        profile = tmp_path / "credentials"
        profile.write_text(f"[other]\naws_access_key_id = {OTHER.access_key}\naws_secret_access_key = {OTHER.secret_key}\n")
        variables = {"AWS_SHARED_CREDENTIALS_FILE": str(profile)}
        daemon = workshop.daemon(settings, cloud, variables, base).start()
        for hook in hooks:
            wait_for(lambda: len(hook.requests) >= 4, daemon.log)
        fault = cloud.fail(quoting_aws(OF_AWS))
        wait_for(lambda: fault.hits >= 40, daemon.log)

        def hidden():
            """Receivers and accounts in whose lines a secret was replaced."""
            lines = [line for line in daemon.log_lines() if "<secret>" in line.get("error", "") + line.get("reason", "")]
            return ({line["receiver"] for line in lines if "receiver" in line},
                    {line["account"] for line in lines if line["msg"] == "Poll failed"})

        expected = {"webhook", "slack", "command", "bearer", "basic"}, {"test", "role", "other"}
        wait_for(lambda: hidden() == expected, lambda: f"{hidden()}\n{daemon.log()}")
        for path in ("/metrics", "/config", "/api/v1/alerts", "/api/v1/status"):
            daemon.get(path)
        assert daemon.stop() == 0
        environment = configuration.environment(tmp_path, cloud.url, base, **variables)
        ended = run(["check", "--send-test-alert", f"--config.file={daemon.config_file}"], environment, tmp_path, 60)
        # The role is refused here, so that this process was never given its keys.
        found = set(secrets.found_in(ended.stdout + ended.stderr)) - {secrets.ROLE_SECRET_KEY, secrets.ROLE_TOKEN}
        assert "<secret>" in ended.stdout and not found, ended.stdout
    finally:
        for hook in hooks:
            hook.close()
