"""The database has a connection for everybody who may ask, and memory for every connection."""

from __future__ import annotations

from tests.unit.charts.charts import HELM_DIR, defaults
from tests.unit.charts.test_node_budget import quantity

CONF = HELM_DIR.parent / "database" / "postgresql.conf"
# Postgres' own default for superuser_reserved_connections.
KEPT_FOR_SUPERUSERS = 3
# helm test, a dump, somebody with psql.
OTHERS = 5
# Measured over TLS, with all queries prepared: 2.0 MiB of its own, 0.4 MiB of the kernel's.
MIB_A_CONNECTION = 2.4
# Shared memory beside shared_buffers, the server's own processes.
MIB_BESIDE = 11 + 15
AUTOVACUUM_WORKERS = 3


def settings() -> dict[str, str]:
    """postgresql.conf as name → value."""
    lines = (line.partition("#")[0].strip() for line in CONF.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line)
    return {name.strip(): value.strip().strip("'") for name, _, value in pairs}


def mib(text: str) -> float:
    """A memory setting of Postgres, which writes MB and means MiB."""
    assert text.endswith("MB"), text
    return float(text.removesuffix("MB"))


def connections_of_a_pod(chart: str) -> int:
    """The most connections that one pod opens."""
    env = defaults(chart)["env"]
    return int(env["DATABASE_POOL_SIZE"]) + int(env.get("DATABASE_POOL_OVERFLOW", 0))


def pods(chart: str) -> int:
    """The most pods at a time: as many as the autoscaler may make, and what an update adds."""
    values = defaults(chart)
    most = max(values["replicaCount"], values["autoscaling"]["maxReplicas"])
    return int(most + values["strategy"]["rollingUpdate"]["maxSurge"])


def wanted() -> int:
    """The most connections of all pods. A pod migrates before its app starts, on fewer than the app's."""
    return sum(pods(chart) * connections_of_a_pod(chart) for chart in ("frontend", "backend"))


def test_every_pod_of_a_scaled_out_update_gets_its_connections() -> None:
    assert wanted() == 6 * 5 + 6 * 10
    assert wanted() + KEPT_FOR_SUPERUSERS + OTHERS <= int(settings()["max_connections"])
    assert settings().get("superuser_reserved_connections", str(KEPT_FOR_SUPERUSERS)) == str(
        KEPT_FOR_SUPERUSERS
    )


def test_the_memory_limit_covers_all_connections_while_each_sorts() -> None:
    conf = settings()
    need = (
        mib(conf["shared_buffers"])
        + MIB_BESIDE
        + int(conf["max_connections"]) * (MIB_A_CONNECTION + mib(conf["work_mem"]))
        + AUTOVACUUM_WORKERS * mib(conf["maintenance_work_mem"])
    )
    limit = quantity(defaults("database")["resources"]["limits"]["memory"]) / 1024**2
    assert need <= limit, f"{need:.0f} MiB wanted, {limit:.0f} MiB allowed"


def test_a_query_stays_one_process_so_that_connections_are_all_there_is_to_count() -> None:
    assert settings()["max_parallel_workers_per_gather"] == "0"
