"""The command surface: one thin module per namespace over the engine in `delivery`."""

from invoke.collection import Collection

from tasks import ai, bench, build, cluster, deploy, rollback, secret, test, tools, verify

__all__ = [
    "ai", "bench", "build", "cluster", "deploy", "ns", "rollback", "secret", "test", "tools", "verify",
]  # fmt: skip

ns = Collection()
ns.add_collection(Collection.from_module(cluster, name="cluster"))
ns.add_collection(Collection.from_module(build, name="build"))
ns.add_collection(Collection.from_module(secret, name="secrets"))
ns.add_collection(Collection.from_module(deploy, name="deploy"))
ns.add_collection(Collection.from_module(rollback, name="rollback"))
ns.add_collection(Collection.from_module(verify, name="verify"))
ns.add_collection(Collection.from_module(ai, name="ai"))
ns.add_collection(Collection.from_module(tools, name="tools"))
ns.add_collection(Collection.from_module(test, name="test"))
ns.add_collection(Collection.from_module(bench, name="bench"))
# Children never read the keyboard: reading stdin would hang where there is none.
ns.configure({"run": {"in_stream": False}})
