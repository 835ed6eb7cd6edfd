"""The deployment files agree with the program and with each other: settings, commands, ports, paths, patience."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from placeops_api.app import create_app
from sql.engine import transaction
from tasks.jobs import ledger
from tasks.jobs.supervisor import GRACE_SECONDS
from tasks.settings import Settings
from tests.cli.tree import LEAVES
from tests.deploy.files import (
    COMPOSE,
    DEPLOY,
    ROOT,
    TLS,
    UNITS,
    asked_for,
    entry_point,
    image_environment,
    in_image,
    kubernetes,
    of_ours,
    pods,
    seconds,
    services,
    unit_lines,
)

OF_SECRETS = {"DATABASE_URL_FILE", "REDIS_URL_FILE"}
SETTINGS = OF_SECRETS | {
    name.upper() if name in ("database_url", "redis_url") else f"PLACEOPS_{name.upper()}"
    for name in Settings.model_fields
}
OF_COMPOSE = {"IMAGE", "PUBLISH", "SITE", "SITE_TLS"}
"""What only Compose reads, to fill in its file."""
EVERY_FILE = sorted(
    path
    for path in (COMPOSE, ROOT / "Dockerfile", *DEPLOY.rglob("*"))
    if path.is_file() and path.suffix != ".json"
)
SITE = {"SITE": "placement.college.example", "SITE_TLS": "internal"}
LONG = ("api", "worker", "scheduler")
PRE_STOP_SECONDS = 5
TOOLBOX = "placeops-toolbox"
"""Waits for commands by hand, where somebody has started it."""


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda file: str(file.relative_to(ROOT)))
def test_settings_and_commands_in_files_exist(file: Path) -> None:
    found = file.read_text("utf-8")
    named = set(re.findall(r"\b(?:PLACEOPS_[A-Z_]+|(?:DATABASE|REDIS)_URL(?:_FILE)?)\b", found))
    assert named <= SETTINGS, f"no such settings: {named - SETTINGS}"


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every command that a file has placeOps run, with the file's name for it."""
    for name, service in of_ours(services()).items():
        yield f"compose {name}", service["command"]
        if "healthcheck" in service:
            shell, program, *words = service["healthcheck"]["test"]
            assert (shell, [program]) == ("CMD", entry_point()), (
                "no shell and no other program is in the image"
            )
            yield f"compose {name}'s health", words
    for path in UNITS:
        for line in re.findall(r"^ExecStart=/opt/placeops/bin/placeops (.*)$", path.read_text("utf-8"), re.M):
            yield path.name, shlex.split(line)
    for name, pod in pods("base").items():
        (container,) = pod["containers"]
        if name == TOOLBOX:
            continue
        assert "command" not in container, "the image's entry point is the program"
        yield f"k8s {name}", container["args"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if "exec" in container.get(probe, {}):
                program, *words = container[probe]["exec"]["command"]
                assert [program] == entry_point()
                yield f"k8s {name}'s {probe}", words


@pytest.mark.parametrize("command", [pytest.param(words, id=name) for name, words in commands()])
def test_commands_exist_and_take_these_options(command: list[str]) -> None:
    words = [word for word in command if not word.startswith("-")]
    leaf = LEAVES[" ".join(words[:2])]
    options = {name for param in leaf.params for name in param.opts}
    assert {word for word in command if word.startswith("-")} <= options


def test_every_way_to_deploy_runs_the_same_processes() -> None:
    wanted = {"api run", "worker run", "scheduler run", "db migrate", "backup create"}
    for way in ("compose", "placeops-", "k8s"):
        assert {" ".join(words[:2]) for name, words in commands() if name.startswith(way)} >= wanted, way


def test_compose_asks_for_nothing_else() -> None:
    assert (asked_for(COMPOSE) | asked_for(TLS)) - SETTINGS == OF_COMPOSE


def test_compose_checks_what_others_wait_for() -> None:
    found = services() | {"caddy": services(TLS, SITE)["caddy"]}
    for name, service in found.items():
        for needed, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in found[needed], f"{name} waits for {needed}, which has no health check"
            else:
                assert found[needed]["restart"] == "no", f"{name} waits for the end of {needed}"
        assert ("healthcheck" in service) is (service["restart"] != "no"), (
            f"{name}: a long one has a health check"
        )


def test_compose_confines_every_service() -> None:
    for name, service in (services() | {"caddy": services(TLS, SITE)["caddy"]}).items():
        assert service["read_only"] is True and service["init"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert "mem_limit" in service and "privileged" not in service, name
        assert not re.search(r":latest$|^[^:]+$", service["image"]), f"{name}: which version?"
    assert services()["scheduler"].get("deploy") is None, "one scheduler is enough"


def test_compose_hands_out_what_it_declares() -> None:
    whole = yaml.safe_load(COMPOSE.read_text("utf-8"))
    for kind in ("secrets", "networks"):
        used = {each for service in services().values() for each in service.get(kind, ())}
        assert used == set(whole[kind]), kind
    mounted = {
        volume.split(":")[0] for service in services().values() for volume in service.get("volumes", ())
    }
    assert {name for name in mounted if not name.startswith(".")} == set(whole["volumes"])
    for name in mounted:
        assert not name.startswith(".") or (ROOT / name).exists(), f"{name} is mounted and is not there"
    script = (DEPLOY / "make-secrets.sh").read_text("utf-8")
    made = set(re.findall(r"^secret (\w+)", script, re.MULTILINE))
    assert made == set(whole["secrets"]) - {"metrics_token"}, "the token is made once the API runs"


def test_ports_and_addresses_agree() -> None:
    (port,) = in_image("EXPOSE")
    api = services()["api"]
    assert api["environment"]["PLACEOPS_API_PORT"] == port == str(Settings.model_fields["api_port"].default)
    assert [entry.rpartition(":")[2] for entry in api["ports"]] == [port]
    assert api["ports"][0].startswith("127.0.0.1:"), "without TLS for this machine only"
    for folder in ("base", "overlays/production"):
        (container,) = pods(folder)["placeops-api"]["containers"]
        assert container["ports"] == [{"name": "http", "containerPort": int(port)}]
    assert services(TLS, SITE)["caddy"]["environment"]["UPSTREAM"] == f"api:{port}"
    proxy = services(TLS, SITE)["caddy"]["networks"]["edge"]["ipv4_address"]
    assert services(TLS, SITE)["api"]["environment"]["PLACEOPS_TRUSTED_PROXIES"] == proxy
    assert f"127.0.0.1:{port}" in (DEPLOY / "Caddyfile").read_text("utf-8")


def test_folders_agree() -> None:
    """The image makes them for its user, volumes are mounted there, and the program is told the same."""
    wanted = {name: image_environment()[name] for name in ("PLACEOPS_EXPORT_DIR", "PLACEOPS_BACKUP_DIR")}
    made = " ".join(in_image("RUN"))
    for name, folder in wanted.items():
        assert folder in made
        assert services()["api"]["environment"][name] == folder
        assert ("Environment", f"{name}={folder}") in unit_lines("placeops-api.service")
    (settings,) = (found["data"] for found in kubernetes("base") if found["kind"] == "ConfigMap")
    assert wanted.items() <= settings.items()
    for mounts in (
        {
            name: [volume.split(":")[1] for volume in service.get("volumes", ())]
            for name, service in services().items()
        },
        {
            name.removeprefix("placeops-"): [
                mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]
            ]
            for name, pod in pods("base").items()
        },
    ):
        assert (
            wanted["PLACEOPS_EXPORT_DIR"] in mounts["api"]
            and wanted["PLACEOPS_EXPORT_DIR"] in mounts["worker"]
        )
        assert wanted["PLACEOPS_BACKUP_DIR"] in mounts["backup"]
        # Where people type: all folders are in sight.
        assert set(wanted.values()) <= set(mounts["toolbox" if "toolbox" in mounts else "backup"])
    assert services()["db"]["volumes"] == ["database:/var/lib/postgresql"], "PostgreSQL 18's own place"


def test_who_stops_a_process_waits_longer_than_it_needs() -> None:
    for name in LONG:
        service = services()[name]
        needed = int(service["environment"]["PLACEOPS_SHUTDOWN_SECONDS"]) + GRACE_SECONDS
        assert seconds(service["stop_grace_period"]) > needed, name
        lines = dict(unit_lines(f"placeops-{name}.service"))
        told = [value for key, value in unit_lines(f"placeops-{name}.service") if key == "Environment"]
        (asked,) = [
            value.partition("=")[2] for value in told if value.startswith("PLACEOPS_SHUTDOWN_SECONDS=")
        ]
        assert seconds(lines["TimeoutStopSec"]) > int(asked) + GRACE_SECONDS, name
    for found in kubernetes("base"):
        if found["kind"] == "Deployment" and found["metadata"]["name"] != TOOLBOX:
            pod = found["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == PRE_STOP_SECONDS
            needed = Settings.model_fields["shutdown_seconds"].default + PRE_STOP_SECONDS
            assert pod["terminationGracePeriodSeconds"] >= needed + GRACE_SECONDS, found["metadata"]["name"]
    (settings,) = (found["data"] for found in kubernetes("base") if found["kind"] == "ConfigMap")
    assert int(settings["PLACEOPS_SHUTDOWN_SECONDS"]) == Settings.model_fields["shutdown_seconds"].default
    assert in_image("STOPSIGNAL") == ["SIGTERM"]


def test_the_image_is_confined_and_pinned() -> None:
    assert in_image("USER") == ["10001:10001"]
    assert not any(
        "curl" in line or "embedded" in line for line in in_image("RUN") + in_image("RUN", "build")
    )
    base = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG PYTHON=python:\d+\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}$", base, re.MULTILINE)
    assert len(in_image("FROM")) == 1 and in_image("FROM") == ["${PYTHON}"]
    installs = [line for line in in_image("RUN", "build") if " install " in line]
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert isinstance(json.loads(in_image("ENTRYPOINT")[0]), list)


@pytest.mark.parametrize("kind", ["worker", "scheduler"])
def test_units_are_watched_longer_than_a_beat_takes(kind: str) -> None:
    lines = dict(unit_lines(f"placeops-{kind}.service"))
    assert lines["Type"] == "notify"
    # A worker process that was replaced counts for nothing until it is steady.
    assert seconds(lines["WatchdogSec"]) >= 60


def test_units_read_their_secrets_from_credentials() -> None:
    for unit in ("api", "worker", "scheduler", "migrate", "backup"):
        lines = unit_lines(f"placeops-{unit}.service")
        for name in ("database_url", "redis_url"):
            assert ("LoadCredential", f"{name}:/etc/placeops/{name}") in lines
            assert ("Environment", f"{name.upper()}_FILE=%d/{name}") in lines
        assert "MemoryMax" in dict(lines) and dict(lines)["OnFailure"].startswith("placeops_failed@")
    target = next(path for path in UNITS if path.suffix == ".target").read_text("utf-8")
    for wanted in ("api.service", "worker.service", "scheduler.service", "backup.timer"):
        assert f"placeops-{wanted}" in target


@pytest.mark.parametrize("folder", ["base", "overlays/production"])
def test_pods_are_confined(folder: str) -> None:
    for name, pod in pods(folder).items():
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" in in_image(
            "USER"
        )
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert re.search(r":\d", container["image"]), f"{name}: which version?"
        assert container["resources"]["requests"] and container["resources"]["limits"]["memory"], name
        claims = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == claims, name


def test_liveness_never_asks_the_database() -> None:
    for name, pod in pods("overlays/production").items():
        (container,) = pod["containers"]
        for probe in ("livenessProbe", "startupProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["path"] == "/livez", name
    (api,) = pods("base")["placeops-api"]["containers"]
    assert api["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert {"/livez", "/readyz"} <= create_app().openapi()["paths"].keys()
    # Whoever asks by the pod's address is refused: it is nobody's name.
    assert api["readinessProbe"]["httpGet"]["httpHeaders"] == [{"name": "Host", "value": "localhost"}]


def test_kubernetes_names_what_is_there() -> None:
    for folder in ("base", "overlays/production"):
        found = kubernetes(folder)
        names = {(made["kind"], made["metadata"]["name"]) for made in found}
        for made in found:
            kind, name, spec = made["kind"], made["metadata"]["name"], made.get("spec", {})
            if kind == "ScaledObject":
                assert ("Deployment", spec["scaleTargetRef"]["name"]) in names
                assert ("TriggerAuthentication", spec["triggers"][0]["authenticationRef"]["name"]) in names
            elif kind == "HorizontalPodAutoscaler":
                assert (spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]) in names
            elif kind == "Deployment" and name == "placeops-scheduler":
                assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
            elif kind == "PodDisruptionBudget":
                assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow" and "scheduler" not in name
        for made in found:
            if made["kind"] == "Deployment":
                scaled_by_hand = made["metadata"]["name"] in ("placeops-scheduler", TOOLBOX)
                assert ("replicas" in made["spec"]) is scaled_by_hand, "who scales has the number"
        scaled = {
            made["spec"]["scaleTargetRef"]["name"]
            for made in found
            if "scaleTargetRef" in made.get("spec", {})
        }
        assert scaled == {"placeops-api", "placeops-worker"}, "each by one"
        for name, pod in pods(folder).items():
            claims = {
                v["persistentVolumeClaim"]["claimName"]
                for v in pod["volumes"]
                if "persistentVolumeClaim" in v
            }
            assert {("PersistentVolumeClaim", claim) for claim in claims} <= names
            (container,) = pod["containers"]
            (settings,) = container["envFrom"]
            assert ("ConfigMap", settings["configMapRef"]["name"]) in names, name
            assert pod["serviceAccountName"] == "placeops"


def test_secrets_lie_where_settings_look_for_them() -> None:
    for name, service in of_ours(services()).items():
        for variable in OF_SECRETS:
            path = service["environment"][variable]
            assert path.removeprefix("/run/secrets/") in service["secrets"], name
    (settings,) = (found["data"] for found in kubernetes("base") if found["kind"] == "ConfigMap")
    for pod in pods("base").values():
        (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "secrets"]
        assert all(settings[variable].startswith(f"{mount['mountPath']}/") for variable in OF_SECRETS)


def wanted_pods() -> float:
    """What KEDA would be answered."""
    (scaled,) = (found for found in kubernetes("base") if found["kind"] == "ScaledObject")
    with transaction(read_only=True) as tx:
        return float(tx.scalar(text(scaled["spec"]["triggers"][0]["metadata"]["query"])))


@pytest.mark.usefixtures("place")
def test_workers_are_scaled_by_what_the_ledger_has_to_do() -> None:
    assert wanted_pods() == 0
    with transaction() as tx:
        for number in range(12):
            ledger.enqueue(tx, "export-registrations-csv", {"export": number}, created_by="tests")
        ledger.enqueue(tx, "prune-jobs", {}, created_by="tests")
    assert wanted_pods() == 12 / 5
    with transaction() as tx:
        tx.execute(text("UPDATE job_types SET paused_at = now(), paused_by = 'x' WHERE name LIKE 'export%'"))
    assert wanted_pods() == 1, "the other type has one slot"
    with transaction() as tx:
        tx.execute(text("UPDATE jobs SET state = 'delayed', run_at = now() + interval '1 hour'"))
    assert wanted_pods() == 0, "nothing is due"
