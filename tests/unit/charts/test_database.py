"""The database chart: one server, one volume that outlives it."""

from __future__ import annotations

from tests.unit.charts.charts import Helm


def test_one_server_owns_the_volume_and_a_rollback_can_replace_a_broken_pod(helm: Helm) -> None:
    spec = helm.render("database").workload()["spec"]
    assert spec["replicas"] == 1
    # With OrderedReady the controller waits for the broken pod before it rolls back (kubernetes issue 67250).
    assert spec["podManagementPolicy"] == "Parallel"
    assert "volumeClaimTemplates" not in spec


def test_the_claim_is_kept_on_uninstall_and_belongs_to_the_release(helm: Helm) -> None:
    rendered = helm.render("database")
    claim = rendered.one("PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    }
    volumes = {volume["name"]: volume for volume in rendered.pod()["spec"]["volumes"]}
    assert (
        volumes["data"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"] == "database-data"
    )


def test_size_and_storage_class_are_values(helm: Helm) -> None:
    values = {"persistence": {"size": "5Gi", "storageClass": "fast"}}
    spec = helm.render("database", values).one("PersistentVolumeClaim")["spec"]
    assert spec["storageClassName"] == "fast"
    assert spec["resources"]["requests"]["storage"] == "5Gi"


def test_a_claim_that_exists_is_used_instead_of_a_new_one(helm: Helm) -> None:
    rendered = helm.render("database", {"persistence": {"existingClaim": "old-data"}})
    assert not rendered.all("PersistentVolumeClaim")
    volumes = {volume["name"]: volume for volume in rendered.pod()["spec"]["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == "old-data"


def test_clients_reach_it_by_the_releases_name_inside_the_cluster_only(helm: Helm) -> None:
    services = {s["metadata"]["name"]: s["spec"] for s in helm.render("database").all("Service")}
    assert set(services) == {"database", "database-headless"}
    assert {spec["type"] for spec in services.values()} == {"ClusterIP"}
    assert services["database"]["ports"] == [
        {"name": "postgres", "port": 5432, "targetPort": "postgres", "protocol": "TCP"}
    ]
    assert "clusterIP" not in services["database"]
    assert services["database-headless"]["clusterIP"] == "None"
    assert helm.render("database").workload()["spec"]["serviceName"] == "database-headless"


def test_password_and_certificates_are_files_never_environment(helm: Helm) -> None:
    rendered = helm.render("database", {"secret": {"name": "database-credentials"}})
    assert "env" not in rendered.container()
    volumes = {volume["name"]: volume for volume in rendered.pod()["spec"]["volumes"]}
    secret = volumes["secret-files"]["secret"]
    assert secret["secretName"] == "database-credentials"
    assert [item["key"] for item in secret["items"]] == ["password", "tls.crt", "tls.key", "ca.crt"]
    mounts = {mount["name"]: mount["mountPath"] for mount in rendered.container()["volumeMounts"]}
    assert mounts == {"data": "/var/lib/postgresql/data", "secret-files": "/etc/database", "tmp": "/tmp"}
    assert rendered.one("ConfigMap")["data"] == {"DATABASE_NAME": "todo", "DATABASE_USER": "todo"}


def test_the_group_of_the_data_folder_is_left_alone(helm: Helm) -> None:
    context = helm.render("database").pod()["spec"]["securityContext"]
    assert context["fsGroupChangePolicy"] == "OnRootMismatch"


def test_probes_ask_over_tcp(helm: Helm) -> None:
    container = helm.render("database").container()
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[kind]["exec"]["command"] == ["pg_isready", "-h", "127.0.0.1", "-p", "5432"]


def test_the_network_policy_lets_the_app_in_and_the_server_nowhere(helm: Helm) -> None:
    assert not helm.render("database").all("NetworkPolicy")
    spec = helm.render("database", {"networkPolicy": {"enabled": True}}).one("NetworkPolicy")["spec"]
    (rule,) = spec["ingress"]
    assert rule["from"][0]["podSelector"]["matchExpressions"][0]["values"] == [
        "frontend", "backend", "database-test",
    ]  # fmt: skip
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in spec


def test_an_empty_list_of_peers_closes_the_server(helm: Helm) -> None:
    values = {"networkPolicy": {"enabled": True, "allowFrom": []}}
    assert "ingress" not in helm.render("database", values).one("NetworkPolicy")["spec"]


def test_the_helm_test_signs_in_with_the_certificate_checked(helm: Helm) -> None:
    pod = helm.render("database", release="blue").test_pod()
    env = {entry["name"]: entry["value"] for entry in pod["spec"]["containers"][0]["env"]}
    assert env["PGHOST"] == "blue-database"
    assert env["PGSSLMODE"] == "verify-full"
    assert pod["metadata"]["labels"]["app.kubernetes.io/name"] == "database-test"
