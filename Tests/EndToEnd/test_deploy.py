"""What deploy/ holds, checked by the tools that will read it.

No image is built and no cluster, AWS account or service manager is there: the Dockerfile is checked by hadolint (`make
package-life` does what it says), the manifests and the rendered chart against Kubernetes's own schemas, the CloudFormation
templates by cfn-lint (with AWS's resource schemas), Terraform's files by a parser of its language only. Not checked by
anything: that kubelet, Grafana and IAM do with it what is meant, and the schemas of the Prometheus Operator's resources.
"""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import hcl2
import kubernetes_validate
import pytest
import yaml

from support import configuration, programs, secrets
from support.dockerfile import instructions, let_in
from support.helm import helm
from support.prometheus import prometheus
from support.waiting import PATIENCE_SECONDS, wait_for
from support.web import free_port
from support.world import SINGAPORE

DEPLOY = programs.ROOT / "deploy"
CHART = DEPLOY / "helm/bedrock-quota-exporter"
KUBERNETES = "1.37"
#: What the program asks AWS for, and nothing else.
READING = {
    "bedrock:ListCustomModelDeployments", "bedrock:ListCustomModels", "bedrock:ListFoundationModels",
    "bedrock:ListInferenceProfiles", "bedrock:ListModelInvocationJobs", "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics", "servicequotas:ListAWSDefaultServiceQuotas", "servicequotas:ListServiceQuotas",
}
#: Of accounts[].callers, beside logs:StartQuery, what cannot be limited to resources.
CALLERS = {"bedrock:GetModelInvocationLoggingConfiguration", "logs:GetQueryResults", "logs:StopQuery"}

#: What it needs beside that to find accounts.
LISTING = ["organizations:ListAccounts", "organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"]


def run(*arguments, **options):
    """A run that has to succeed; gives what it wrote."""
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, timeout=600, **options)
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


# systemd

UNIT = DEPLOY / "systemd/bedrock-quota-exporter.service"
NAME = "bedrock-quota-exporter"


@pytest.fixture
def root(tmp_path):
    """A small system into which the service has been installed as the unit's comment says."""
    for folder in ("etc/sysusers.d", "etc/tmpfiles.d", "etc/systemd/system", f"etc/{NAME}", "usr/local/bin", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(programs.exporter(), tmp_path / "usr/local/bin" / NAME)
    shutil.copy("/bin/kill", tmp_path / "bin/kill")
    shutil.copy(programs.ROOT / "config/minimal.yml", tmp_path / f"etc/{NAME}/{NAME}.yml")
    shutil.copy(UNIT, tmp_path / "etc/systemd/system" / UNIT.name)
    shutil.copy(DEPLOY / "systemd/sysusers.conf", tmp_path / f"etc/sysusers.d/{NAME}.conf")
    shutil.copy(DEPLOY / "systemd/tmpfiles.conf", tmp_path / f"etc/tmpfiles.d/{NAME}.conf")
    return tmp_path


def test_the_unit_verifies_without_a_word(root):
    # Its exit code is 0 for unknown keys as well; only what it says tells.
    unit = root / "unit" / UNIT.name
    unit.parent.mkdir()
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/", f"{root}/usr/local/bin/"))
    assert run(programs.required("systemd-analyze"), "verify", "--man=no", unit) == ""
    unit.write_text(unit.read_text().replace("PrivateTmp=", "PrivatTmp="))
    assert "PrivatTmp" in run(programs.required("systemd-analyze"), "verify", "--man=no", unit), "the check can fail"


def test_the_unit_exposes_little():
    # In tenths: --threshold=15 is 1.5.
    said = run(programs.required("systemd-analyze"), "security", "--offline=true", "--threshold=15", "--no-pager", UNIT)
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) <= 1.5


def test_the_user_and_the_folder_are_made(root):
    run(programs.required("systemd-sysusers"), f"--root={root}")
    user = next(line for line in (root / "etc/passwd").read_text().splitlines() if line.startswith(NAME + ":"))
    assert user.split(":")[5:] == [f"/var/lib/{NAME}", "/usr/sbin/nologin"]
    run(programs.required("systemd-tmpfiles"), f"--root={root}", "--create", f"{NAME}.conf")
    group = next(line for line in (root / "etc/group").read_text().splitlines() if line.startswith(NAME + ":"))
    for path, mode in ((root / f"etc/{NAME}", 0o750), (root / f"etc/{NAME}/{NAME}.yml", 0o640)):
        assert (path.stat().st_mode & 0o777, path.stat().st_uid, path.stat().st_gid) == (mode, 0, int(group.split(":")[2]))


def test_the_unit_starts_what_the_program_takes():
    text = UNIT.read_text().replace("\\\n", " ")
    command = re.search(r"^ExecStart=(.*)$", text, re.MULTILINE)[1].split()
    assert command[0] == f"/usr/local/bin/{NAME}"
    flags = run(programs.exporter(), "--help")
    assert command[1] == "serve"
    assert all(argument.split("=")[0] in flags for argument in command[2:]), command


class ServiceManager:
    """What stands at $NOTIFY_SOCKET."""

    def __init__(self, address):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(PATIENCE_SECONDS)

    def next(self):
        """The assignments of the next datagram that is more than the status or the watchdog's."""
        while True:
            lines = dict(line.split("=", 1) for line in self._socket.recv(4096).decode().splitlines())
            if set(lines) - {"STATUS", "WATCHDOG"}:
                return lines

    def count(self, name, wanted):
        """Waits for so many datagrams with the name."""
        found = 0
        while found < wanted:
            found += self._socket.recv(4096).decode().count(f"{name}=")

    def close(self):
        self._socket.close()


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_tells_the_truth_to_its_manager(workshop, tmp_path, abstract):
    address = f"@bedrock-quota-exporter-{tmp_path}"[:100] if abstract else str(tmp_path / "notify")
    manager = ServiceManager(address.replace("@", "\0", 1) if abstract else address)
    try:
        cloud = workshop.cloud()
        daemon = workshop.daemon(
            configuration.settings([SINGAPORE]), cloud,
            # So slow that the socket's queue, of ten datagrams, is never full.
            variables={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"})
        daemon.start()
        ready = manager.next()
        assert ready["READY"] == "1" and daemon.address in ready["STATUS"]
        manager.count("WATCHDOG", 3)

        daemon.process.send_signal(signal.SIGHUP)
        reloading = manager.next()
        assert reloading["RELOADING"] == "1" and int(reloading["MONOTONIC_USEC"]) > 0
        assert manager.next()["READY"] == "1"
        daemon.reconfigure("no: such key\n")
        assert daemon.get("/-/reload", method="POST").status == 500
        assert manager.next()["RELOADING"] == "1"
        assert manager.next()["READY"] == "1", "also when the new file is bad: it runs on with the old one"
        manager.count("WATCHDOG", 2)

        daemon.process.send_signal(signal.SIGTERM)
        assert manager.next()["STOPPING"] == "1"
        assert daemon.wait(PATIENCE_SECONDS) == 0
    finally:
        manager.close()


# Debian; the package itself is the matter of `make package-life`

DEBIAN = DEPLOY / "debian"


def test_the_scripts_of_the_package():
    run(programs.required("shellcheck"), DEBIAN / "package.sh", DEBIAN / "prerm", DEBIAN / "postrm")


def test_purging_takes_what_the_unit_names_and_nothing_else():
    unit = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.MULTILINE))
    taken = re.search(r"^ +rm -rf (.*)$", (DEBIAN / "postrm").read_text(), re.MULTILINE)[1].split()
    assert set(taken) == {f"/etc/{NAME}", unit["EnvironmentFile"].lstrip("-"), f"/var/lib/{unit['StateDirectory']}"}


# Images

DOCKER = DEPLOY / "docker"


def test_the_dockerfile():
    # DL3008: Debian's point releases take old versions away, so pinned ones stop building.
    run(programs.required("hadolint"), "--ignore", "DL3008", DOCKER / "Dockerfile")
    steps = instructions(DOCKER / "Dockerfile")
    starts = [index for index, (name, _) in enumerate(steps) if name == "FROM"]
    assert [steps[index][1] for index in starts] == ["swift:6.3-bookworm AS build", "debian:bookworm-slim"]
    final = steps[starts[1]:]
    last = dict(final)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", last["USER"]), "a number, and not root's"
    assert json.loads(last["ENTRYPOINT"]) == ["/usr/bin/bedrock-quota-exporter"]
    assert json.loads(last["CMD"])[0] == "serve"
    assert last["EXPOSE"] == "9747" and last["VOLUME"] == "/data"
    names = [name for name, _ in final]
    assert names.index("USER") > max(index for index, name in enumerate(names) if name in ("RUN", "COPY"))
    # The package depends on whatever the program needs.
    assert "/package/*.deb" in next(rest for name, rest in final if name == "RUN").split()


def test_the_health_check_is_the_program_itself(workshop):
    check = dict(instructions(DOCKER / "Dockerfile"))["HEALTHCHECK"]
    assert json.loads(check.split("CMD", 1)[1]) == ["/usr/bin/bedrock-quota-exporter", "health"]
    daemon = workshop.daemon(configuration.settings([SINGAPORE]), workshop.cloud()).start().wait_until_ready()

    def health():
        return subprocess.run(
            [programs.exporter(), "health", f"--web.url=http://{daemon.address}"], capture_output=True, text=True, timeout=60)

    asked = health()
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "bedrock-quota-exporter is ready.\n", "")
    daemon.stop()
    asked = health()
    assert asked.returncode == 1 and "cannot connect" in asked.stdout


def test_what_is_let_into_the_image_exists():
    # That it is enough is shown by `make package-life`.
    assert all((programs.ROOT / path).exists() for path in let_in(programs.ROOT / ".dockerignore"))


def test_compose():
    compose = yaml.safe_load((DOCKER / "compose.yml").read_text())
    services = compose["services"]
    assert set(services) == {"exporter", "prometheus", "alertmanager", "grafana"}
    kept = set()
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), name
        assert "build" in service or re.search(r":v?\d+\.\d+\.\d+$", service["image"]), f"{name}: a version, never latest"
        for volume in service.get("volumes", []):
            source, _, target = volume.partition(":")
            if source == "${HOME}/.aws":
                # AWS_PROFILE needs it, and nothing else.
                assert name == "exporter" and target == f"{service['environment']['HOME']}/.aws:ro"
                continue
            if not source.startswith("."):
                kept.add(source)
                continue
            assert (DOCKER / source).exists(), volume
            assert target.endswith(":ro"), volume
    assert kept == set(compose["volumes"])
    assert any(volume.startswith("${HOME}/.aws:") for volume in services["exporter"]["volumes"])
    build = services["exporter"]["build"]
    assert (DOCKER / build["context"] / build["dockerfile"]).resolve() == (DOCKER / "Dockerfile").resolve()
    demo = yaml.safe_load((DOCKER / "compose.demo.yml").read_text())
    for command, text in ((services["exporter"]["command"], "serve"), (demo["services"]["exporter"]["command"], "demo")):
        assert command[0] == text
        known = run(programs.exporter(), text, "--help")
        assert all(argument.split("=")[0] in known for argument in command[1:]), command


def test_prometheus_and_alertmanager_take_their_files(tmp_path):
    for file in (DOCKER / "prometheus.yml", DEPLOY / "nginx/prometheus.yml"):
        settings = yaml.safe_load(file.read_text())
        for job in settings["scrape_configs"]:
            for key, holder in (("password_file", job.get("basic_auth")), ("ca_file", job.get("tls_config"))):
                if holder:
                    # promtool looks whether they exist.
                    (tmp_path / key).write_text("x" if key == "password_file" else certificate_authority(tmp_path)[0].read_text())
                    holder[key] = str(tmp_path / key)
        if "rule_files" in settings:
            # As the container has them.
            folder = DEPLOY / "prometheus"
            settings["rule_files"] = [str(folder / Path(file).name) for file in settings["rule_files"]]
        copy = tmp_path / "prometheus.yml"
        copy.write_text(yaml.safe_dump(settings))
        assert "SUCCESS" in run(programs.required("promtool"), "check", "config", copy)
    receivers = yaml.safe_load((DOCKER / "alertmanager.yml").read_text())
    assert receivers["route"]["receiver"] in {receiver["name"] for receiver in receivers["receivers"]}


def test_grafana_finds_dashboards_and_data():
    source, = yaml.safe_load((DOCKER / "grafana/datasources.yml").read_text())["datasources"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    interval = yaml.safe_load((DOCKER / "prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == interval
    provider, = yaml.safe_load((DOCKER / "grafana/dashboards.yml").read_text())["providers"]
    grafana = yaml.safe_load((DOCKER / "compose.yml").read_text())["services"]["grafana"]
    assert f"../../dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert (programs.ROOT / "dashboards" / home.name).is_file()


# Kubernetes

def documents(text):
    """The resources of a text, each checked against Kubernetes's schema where it has one."""
    found = {}
    for resource in yaml.safe_load_all(text):
        if resource is None:
            continue
        if "monitoring.coreos.com" not in resource["apiVersion"]:
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)
        found.setdefault(resource["kind"], []).append(resource)
    return found


def check_workload(found, probes=("httpGet", "httpGet", "httpGet"), shards=1):
    """What has to hold of the StatefulSet, whoever wrote it; gives its container."""
    workload, = found["StatefulSet"]
    spec = workload["spec"]
    assert spec["replicas"] == shards, "a store is one file"
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    service, = found["Service"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert spec["serviceName"] == service["metadata"]["name"]
    container, = spec["template"]["spec"]["containers"]
    assert [(port["name"], port["containerPort"]) for port in container["ports"]] == [("http", 9747)]
    assert service["spec"]["ports"][0]["name"] == "http"
    assert service["spec"]["publishNotReadyAddresses"] is True, "the page tells why it is not ready"
    assert spec["podManagementPolicy"] == "Parallel", "one that never gets ready is replaced all the same"
    known = run(programs.exporter(), "serve", "--help")
    assert container["args"][0] == "serve" and all(flag.split("=")[0] in known for flag in container["args"][1:])
    for name, kind in zip(("startupProbe", "livenessProbe", "readinessProbe"), probes):
        assert kind in container[name], name
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in spec["template"]["spec"]["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
    assert mounts == volumes
    return container


def check_hardening(found):
    """The restricted Pod Security Standard and a read-only root."""
    pod = found["StatefulSet"][0]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    security = pod["securityContext"]
    user = dict(instructions(DOCKER / "Dockerfile"))["USER"].split(":")[0]
    assert security["runAsNonRoot"] and str(security["runAsUser"]) == user
    assert security["fsGroup"] and security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def check_monitor(found):
    """The ServiceMonitor selects the service and takes the labels as they are."""
    monitor, = found["ServiceMonitor"]
    service, = found["Service"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    endpoint, = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["interval"], endpoint["scrapeTimeout"], endpoint["honorLabels"]) == (
        "http", "60s", "10s", True)
    return endpoint


def check_rules(found, tmp_path):
    """The PrometheusRule holds what deploy/prometheus holds, and Prometheus takes it."""
    rule, = found["PrometheusRule"]
    expected = []
    for name in ("rules.yml", "alerts.yml"):
        expected += yaml.safe_load((DEPLOY / "prometheus" / name).read_text())["groups"]
    assert expected and rule["spec"]["groups"] == expected, "run deploy/embed-rules.sh"
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rule["spec"]))
    run(programs.required("promtool"), "check", "rules", tmp_path / "rules.yml")


def test_the_manifests(tmp_path):
    folder = DEPLOY / "kubernetes"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    files = sorted(path.name for path in folder.glob("*.yaml") if path.name != "kustomization.yaml")
    assert sorted(kustomization["resources"]) == files
    found = documents("\n---\n".join((folder / name).read_text() for name in files))
    assert set(found) == {
        "ConfigMap", "PrometheusRule", "Service", "ServiceAccount", "ServiceMonitor", "StatefulSet"}
    check_workload(found)
    check_hardening(found)
    assert check_monitor(found)["path"] == "/metrics"
    check_rules(found, tmp_path)
    for resources in found.values():
        for resource in resources:
            names = {"name", "instance", "component", "part-of"}
            assert {f"app.kubernetes.io/{name}" for name in names} <= set(resource["metadata"]["labels"])


def test_the_rules_are_embedded_as_they_are():
    run(programs.required("shellcheck"), DEPLOY / "embed-rules.sh")
    run(DEPLOY / "embed-rules.sh", "--check")


def render(name):
    """The resources of the chart with one of its sets of values."""
    return documents(helm("template", "quota", CHART, "--namespace=monitoring", "--values", CHART / "ci" / name))


@pytest.mark.parametrize("values", sorted((CHART / "ci").glob("*-values.yaml")), ids=lambda path: path.stem)
def test_the_chart_lints(values):
    helm("lint", "--strict", CHART, "--values", values)


def test_the_chart_by_default():
    found = render("default-values.yaml")
    assert set(found) == {"ConfigMap", "Service", "ServiceAccount", "StatefulSet"}
    container = check_workload(found)
    check_hardening(found)
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert container["image"] == f"registry.example.com/bedrock-quota-exporter:{version}"
    assert version in run(programs.exporter(), "version"), "the chart's appVersion is the program's version"


def test_the_chart_with_shards():
    found = render("sharded-values.yaml")
    container = check_workload(found, shards=4)
    variables = {variable["name"]: variable for variable in container["env"]}
    assert list(variables) == ["POD_NAME", "BQE_SHARD", "AWS_REGION"], "a variable stands after those that it names"
    assert variables["POD_NAME"]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert variables["BQE_SHARD"]["value"] == "$(POD_NAME)/4"
    assert found["StatefulSet"][0]["spec"]["volumeClaimTemplates"], "each has a store of its own"


def test_the_chart_with_everything(tmp_path):
    found = render("everything-values.yaml")
    container = check_workload(found, probes=("tcpSocket", "tcpSocket", "exec"))
    check_hardening(found)
    assert container["image"].startswith("bedrock-quota-exporter@sha256:")
    endpoint = check_monitor(found)
    assert endpoint["path"] == "/quota-metrics" and endpoint["basicAuth"]["password"] == {"name": "scrape", "key": "password"}
    check_rules(found, tmp_path)
    boards = {key: json.loads(text) for resource in found["ConfigMap"] for key, text in resource["data"].items()
              if key.endswith(".json")}
    files = {path.name: json.loads(path.read_text()) for path in (programs.ROOT / "dashboards").glob("*.json")}
    assert boards == files, "Grafana gets the dashboards as they are, ${datasource} and all"
    account, = found["ServiceAccount"]
    assert "eks.amazonaws.com/role-arn" in account["metadata"]["annotations"]


def test_the_chart_with_nothing_of_its_own():
    found = render("bare-values.yaml")
    assert set(found) == {"Service", "StatefulSet"}
    check_workload(found)
    pod = found["StatefulSet"][0]["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "default"
    assert {"name": "data", "emptyDir": {}} in pod["volumes"]


def test_a_changed_configuration_restarts_the_pod():
    def checksum(*flags):
        found = documents(helm("template", "quota", CHART, *flags))
        return found["StatefulSet"][0]["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    assert checksum() == checksum() != checksum("--set=config.polling.interval=5m")


# IAM

IAM = DEPLOY / "iam"


class Template(yaml.SafeLoader):
    """CloudFormation's short functions as {"!Name": argument}."""


def _short(loader, suffix, node):
    construct = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence}
    argument = construct[type(node)](node, *([True] if isinstance(node, yaml.SequenceNode) else []))
    return {"!" + suffix: argument}


Template.add_multi_constructor("!", _short)


def template(name):
    return yaml.load((IAM / name).read_text(), Template)


def test_cloudformation():
    run(Path(sys.executable).parent / "cfn-lint", *sorted(IAM.glob("*.yaml")))


def test_the_monitoring_role_may_read_and_nothing_else():
    resources = template("monitoring-role.yaml")["Resources"]
    policy, = resources["Role"]["Properties"]["Policies"]
    statement, = policy["PolicyDocument"]["Statement"]
    assert set(statement["Action"]) == READING and statement["Effect"] == "Allow"
    optional = {name: resource["Properties"]["PolicyDocument"]["Statement"][0] for name, resource in resources.items()
                if resource["Type"] == "AWS::IAM::RolePolicy"}
    assert {name: statement["Action"] for name, statement in optional.items()} == {
        "AssumeRoles": "sts:AssumeRole", "Callers": "logs:StartQuery", "Organization": "sts:AssumeRole",
        "ProfileTags": "bedrock:ListTagsForResource", "PublishAlerts": "sns:Publish", "WriteMetrics": "aps:RemoteWrite"}
    assert all(statement["Resource"] != "*" for statement in optional.values())
    assert all("Condition" in resources[name] for name in optional)
    further = resources["Callers"]["Properties"]["PolicyDocument"]["Statement"][1]
    assert set(further["Action"]) == CALLERS


def test_the_exporter_of_an_organization_lists_and_assumes_within_it():
    statements = template("monitoring-role.yaml")["Resources"]["Organization"]["Properties"]["PolicyDocument"]["Statement"]
    assume, listing = statements
    assert assume["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}}
    assert assume["Resource"] == {"!Sub": "arn:${AWS::Partition}:iam::*:role/${OrganizationRoleName}"}
    assert listing["Action"] == LISTING


def test_links_share_metrics_of_bedrock_alone_and_may_be_listed():
    monitoring = template("monitoring-account.yaml")["Resources"]
    statement, = monitoring["Sink"]["Properties"]["Policy"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": {"!Ref": "OrganizationId"}},
        "ForAllValues:StringEquals": {"oam:ResourceTypes": "AWS::CloudWatch::Metric"}}
    statements = monitoring["Links"]["Properties"]["PolicyDocument"]["Statement"]
    assert [statement["Action"] for statement in statements] == ["oam:ListSinks", "oam:ListAttachedLinks"]
    link = template("linked-account.yaml")["Resources"]["Link"]["Properties"]
    assert link["ResourceTypes"] == ["AWS::CloudWatch::Metric"]
    namespaces = re.findall(r"'(AWS/[^']+)'", link["LinkConfiguration"]["MetricConfiguration"]["Filter"])
    source = (programs.ROOT / "Sources" / "QuotaModel" / "UsageSource.swift").read_text()
    assert set(namespaces) == set(re.findall(r'"(AWS/Bedrock[^"]*)"', source))


def test_the_stack_set_gives_every_account_the_same_role(tmp_path):
    properties = template("organization-stackset.yaml")["Resources"]["Monitors"]["Properties"]
    assert properties["PermissionModel"] == "SERVICE_MANAGED" and properties["AutoDeployment"]["Enabled"] is True
    (tmp_path / "member.yaml").write_text(properties["TemplateBody"])
    run(Path(sys.executable).parent / "cfn-lint", tmp_path / "member.yaml")
    member = yaml.load(properties["TemplateBody"], Template)
    assert {parameter["ParameterKey"] for parameter in properties["Parameters"]} == set(member["Parameters"])
    role = member["Resources"]["Role"]["Properties"]
    single = template("monitoring-role.yaml")["Resources"]["Role"]["Properties"]
    assert role["Policies"] == single["Policies"]
    foreign = dict(single["AssumeRolePolicyDocument"]["Statement"][0]["!If"][1])
    assert role["AssumeRolePolicyDocument"]["Statement"] == [foreign]
    for name in ("RoleName", "Description", "MaxSessionDuration"):
        assert role[name] == single[name]
    defaults = template("organization-stackset.yaml")["Parameters"]
    assert defaults["RoleName"]["Default"] == template("monitoring-role.yaml")["Parameters"]["RoleName"]["Default"]


def test_terraform_has_the_stack_set_too():
    blocks = terraform()
    assert set(data(blocks, "member")["statement"][0]["actions"]) == READING
    trust = data(blocks, "member_trust")["statement"][0]
    assert trust["condition"][0]["variable"] == "sts:ExternalId"
    found = next(entry["aws_cloudformation_stack_set"]["members"] for entry in blocks["resource"]
                 if "aws_cloudformation_stack_set" in entry)
    assert found["permission_model"] == "SERVICE_MANAGED" and found["auto_deployment"][0]["enabled"] is True


def test_the_readme_names_the_same_permissions():
    readme = (programs.ROOT / "README.md").read_text()
    assert all(f'"{action}"' in readme for action in READING)


def test_another_account_needs_the_external_id():
    statement, = template("monitoring-role.yaml")["Resources"]["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    condition, foreign, own = statement["!If"]
    assert condition == "IsAccount"
    assert foreign["Condition"] == {"StringEquals": {"sts:ExternalId": {"!Ref": "ExternalId"}}}
    assert own["Principal"] == {"Service": {"!Ref": "TrustedBy"}}
    parameters = template("monitoring-role.yaml")["Parameters"]
    assert parameters["ExternalId"]["NoEcho"] is True
    pattern = parameters["ExternalId"]["AllowedPattern"]
    assert re.fullmatch(pattern, "a" * 16) and not re.fullmatch(pattern, "a" * 15)


def test_callers_of_global_inference_need_three_statements():
    statements = template("invoking-policy.yaml")["Resources"]["Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert [statement["Sid"] for statement in statements] == [
        "ProfileInSourceRegion", "ModelInSourceRegion", "ModelInAnyRegion"]
    resources = [statement["Resource"]["!Sub"] for statement in statements]
    profile = "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/global.${ModelId}"
    assert resources == [
        profile, "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/${ModelId}",
        "arn:${AWS::Partition}:bedrock:::foundation-model/${ModelId}"]
    regions = [statement["Condition"]["StringEquals"]["aws:RequestedRegion"] for statement in statements]
    assert regions == [{"!Ref": "AWS::Region"}, {"!Ref": "AWS::Region"}, "unspecified"]
    assert all(statement["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"] == {"!Sub": profile}
               for statement in statements[1:])


def test_the_service_control_policy_lets_unspecified_through():
    document = template("region-guard.yaml")
    statement, = document["Resources"]["Policy"]["Properties"]["Content"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"StringNotEquals": {"aws:RequestedRegion": {"!Ref": "AllowedRegions"}}}
    assert "unspecified" in document["Parameters"]["AllowedRegions"]["Default"].split(",")


def terraform(module="."):
    """All blocks of a module: {(kind, type, name): body}."""
    blocks = {}
    for path in sorted((IAM / "terraform" / module).glob("*.tf")):
        for kind, entries in hcl2.loads(path.read_text(), ).items():
            for entry in entries if isinstance(entries, list) else [entries]:
                blocks.setdefault(bare(kind), []).append(bare(entry))
    return blocks


def bare(value):
    """Without the quotes and marks that some versions of the parser keep."""
    if isinstance(value, dict):
        return {bare(key): bare(entry) for key, entry in value.items() if not str(key).startswith("__")}
    if isinstance(value, list):
        return [bare(entry) for entry in value]
    return value.strip('"') if isinstance(value, str) else value


def data(blocks, name):
    """The statements of a policy document."""
    found = [entry["aws_iam_policy_document"][name] for entry in blocks["data"]
             if name in entry.get("aws_iam_policy_document", {})]
    assert len(found) == 1, name
    return found[0]


def test_terraform_says_the_same():
    blocks = terraform()
    monitoring = data(blocks, "monitoring")
    assert set(monitoring["statement"][0]["actions"]) == READING
    optional = [entry["statement"]["content"][0]["actions"] for entry in monitoring["dynamic"]]
    assert optional == [["sts:AssumeRole"], ["sts:AssumeRole"], LISTING, ["bedrock:ListTagsForResource"],
                        ["logs:StartQuery"], sorted(CALLERS), ["sns:Publish"], ["aps:RemoteWrite"]]
    invoking = data(blocks, "invoking")["statement"]
    assert [statement["sid"] for statement in invoking] == [
        "ProfileInSourceRegion", "ModelInSourceRegion", "ModelInAnyRegion"]
    regions = [next(condition["values"] for condition in statement["condition"]
                    if condition["variable"] == "aws:RequestedRegion") for statement in invoking]
    assert regions[2] == ["unspecified"] and len(regions) == 3
    guard = data(blocks, "region_guard")["statement"][0]
    assert guard["effect"] == "Deny" and "unspecified" in guard["condition"][0]["values"]
    foreign = next(entry["statement"]["content"][0] for entry in data(blocks, "trust")["dynamic"]
                   if entry["statement"]["content"][0].get("sid") == "ExporterOfAnotherAccount")
    assert foreign["condition"][0]["variable"] == "sts:ExternalId"


def test_terraform_links_accounts_as_the_templates_do():
    blocks = terraform("links")
    resources = {kind: body for entry in blocks["resource"] for kind, named in entry.items() for body in named.values()}
    monitoring = template("monitoring-account.yaml")["Resources"]
    sink, links = data(blocks, "sink")["statement"][0], data(blocks, "links")["statement"]
    policy, = monitoring["Sink"]["Properties"]["Policy"]["Statement"]
    assert (sink["actions"], sink["principals"][0]["identifiers"]) == (policy["Action"], [policy["Principal"]])
    assert {(condition["test"], condition["variable"]) for condition in sink["condition"]} \
        == {(test, variable) for test, named in policy["Condition"].items() for variable in named}
    assert sink["condition"][1]["values"] == [policy["Condition"]["ForAllValues:StringEquals"]["oam:ResourceTypes"]]
    allowed = monitoring["Links"]["Properties"]
    assert [statement["actions"] for statement in links] \
        == [[statement["Action"]] for statement in allowed["PolicyDocument"]["Statement"]]
    assert resources["aws_iam_role_policy"]["name"] == allowed["PolicyName"]
    found, link = resources["aws_oam_link"], template("linked-account.yaml")["Resources"]["Link"]["Properties"]
    assert (found["resource_types"], found["label_template"]) == (link["ResourceTypes"], link["LabelTemplate"])
    assert found["link_configuration"][0]["metric_configuration"][0]["filter"] \
        == link["LinkConfiguration"]["MetricConfiguration"]["Filter"]


@pytest.mark.parametrize("module", [".", "links"])
def test_terraform_uses_only_what_it_declares(module):
    text = "\n".join(path.read_text() for path in (IAM / "terraform" / module).glob("*.tf"))
    code = re.sub(r"#.*", "", text)
    assert set(re.findall(r"\bvar\.(\w+)", code)) == set(re.findall(r'^variable "(\w+)"', code, re.MULTILINE))
    locals_used = set(re.findall(r"\blocal\.(\w+)", code))
    defined = {name for body in re.findall(r"^locals \{(.*?)^\}", code, re.MULTILINE | re.DOTALL)
               for name in re.findall(r"^  (\w+)\s*=", body, re.MULTILINE)}
    assert locals_used == defined
    declared = {f"{kind}.{name}" for kind, name in re.findall(r'^data "(\w+)" "(\w+)"', code, re.MULTILINE)}
    assert set(re.findall(r"\bdata\.(\w+\.\w+)", code)) == declared


# nginx

def certificate_authority(folder):
    """A certificate authority's certificate, and a server's certificate and key for bedrock.example.com."""
    ca, server = folder / "ca", folder / "server"
    openssl = programs.required("openssl")
    make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    run(openssl, *make, "-keyout", f"{ca}.key", "-out", f"{ca}.crt", "-subj", "/CN=test authority")
    run(openssl, *make, "-keyout", f"{server}.key", "-out", f"{server}.crt", "-subj", "/CN=bedrock.example.com",
        "-addext", "subjectAltName=DNS:bedrock.example.com", "-addext", "basicConstraints=critical,CA:FALSE",
        "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key")
    return Path(f"{ca}.crt"), Path(f"{server}.crt"), Path(f"{server}.key")


class Front:
    """A real nginx with the example, its paths and ports moved into a folder of the test."""

    def __init__(self, folder, upstream, port):
        self.folder = folder
        self.ca, certificate, key = certificate_authority(folder)
        hashes = folder / "htpasswd"
        run(programs.required("htpasswd"), "-cbB", hashes, "prometheus", secrets.PASSWORD)
        text = (DEPLOY / "nginx/bedrock-quota-exporter.conf").read_text()
        for old, new in (
            ("server 127.0.0.1:9747;", f"server {upstream};"), ("listen 9748 ssl;", f"listen 127.0.0.1:{port} ssl;"),
            ("    listen [::]:9748 ssl;\n", ""),
            ("/etc/nginx/tls/bedrock.example.com.crt", str(certificate)),
            ("/etc/nginx/tls/bedrock.example.com.key", str(key)),
            ("auth_basic_user_file /etc/nginx/bedrock-quota-exporter.htpasswd", f"auth_basic_user_file {hashes}"),
        ):
            assert old in text, old
            text = text.replace(old, new)
        (folder / "site.conf").write_text(text)
        # Workers run as the caller, who may read the test's folder.
        (folder / "nginx.conf").write_text(
            f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
            + "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"include {folder}/site.conf;\n}}\n")
        self._command = [programs.required("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        self.port, self.process, self._log = port, None, folder / "nginx.log"

    def __enter__(self):
        run(*self._command, "-t")
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_for(lambda: self.curl("/-/healthy")[0] == 200, lambda: self._log.read_text())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def curl(self, path, *options):
        """Status and body through TLS, the authority's certificate checked."""
        done = subprocess.run(
            [programs.required("curl"), "-sS", "--max-time", "60", "--cacert", self.ca,
             "--resolve", f"bedrock.example.com:{self.port}:127.0.0.1", "-w", "\n%{http_code}", *options,
             f"https://bedrock.example.com:{self.port}{path}"], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        body, _, status = done.stdout.rpartition("\n")
        return int(status or 0), body


@pytest.fixture
def front(workshop, tmp_path):
    daemon = workshop.daemon(configuration.settings([SINGAPORE]), workshop.cloud()).start().wait_until_ready()
    folder = tmp_path / "nginx"
    folder.mkdir()
    with Front(folder, daemon.address, free_port()) as front:
        yield front


def test_nginx_asks_for_a_password_and_hands_none_on(front):
    known = ["-u", f"prometheus:{secrets.PASSWORD}"]
    assert front.curl("/metrics")[0] == 401
    assert front.curl("/metrics", "-u", "prometheus:wrong")[0] == 401
    status, page = front.curl("/metrics", *known)
    assert status == 200 and "bedrock_exporter_build_info" in page
    assert front.curl("/api/v1/status", *known)[0] == 200
    assert front.curl("/api/v1/status")[0] == 401
    assert front.curl("/-/ready")[0] == 200, "for load balancers"
    assert front.curl("/-/reload", "-X", "POST")[0] == 401
    assert front.curl("/-/reload", "-X", "POST", *known)[0] == 200
    assert front.curl("/metrics", *known, "--tls-max", "1.1")[0] == 0, "no old TLS"


def test_nginx_tells_strangers_only_whether_it_is_ready(workshop, tmp_path):
    daemon = workshop.daemon(configuration.settings([SINGAPORE]), workshop.cloud(), identity=None).start().wait_until_tried()
    assert "no credentials" in daemon.get("/-/ready").text
    with Front(tmp_path, daemon.address, free_port()) as front:
        assert front.curl("/-/ready") == (503, "not ready\n")
        assert front.curl("/-/healthy")[0] == 200


@pytest.mark.slow
def test_prometheus_scrapes_through_tls_and_basic_auth(front, tmp_path):
    settings = yaml.safe_load((DEPLOY / "nginx/prometheus.yml").read_text())
    settings["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s"}
    job, = settings["scrape_configs"]
    password = tmp_path / "password"
    password.write_text(secrets.PASSWORD)
    job["basic_auth"]["password_file"] = str(password)
    # The name is in the certificate, not in this machine's name service.
    job["tls_config"] = {"ca_file": str(front.ca), "server_name": "bedrock.example.com"}
    job["static_configs"] = [{"targets": [f"127.0.0.1:{front.port}"]}]
    with prometheus(tmp_path / "prometheus", settings) as server:
        target = server.wait_for_target()
        assert (target["lastError"], target["scrapeUrl"][:8]) == ("", "https://")
        found = wait_for(lambda: server.query("bedrock_exporter_up"), "a query's answer")
        assert found[0]["metric"]["region"] == SINGAPORE
    password.write_text("wrong")
    with prometheus(tmp_path / "refused", settings) as server:
        # A scrape may also take too long.
        wait_for(lambda: any("401" in target["lastError"] for target in server.targets()), lambda: server.targets())


# All of it

@pytest.mark.parametrize("path", sorted(
    path for path in DEPLOY.rglob("*.y*ml") if "templates" not in path.parts and "prometheus" not in path.parts),
    ids=lambda path: str(path.relative_to(DEPLOY)))
def test_yaml_is_tidy(path):
    # As in config/: a # without a space is a setting to be switched on.
    rules = "{extends: relaxed, rules: {line-length: {max: 160}, comments: {min-spaces-from-content: 1, require-starting-space: false}}}"
    run(programs.required("yamllint"), "--strict", "-d", rules, path)
