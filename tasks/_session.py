"""Turns a function over a Session into a task: the common flags, the session, the exit codes."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task, task

if TYPE_CHECKING:
    from delivery.session import Session

SETTINGS_FLAGS = {
    "cluster": ("cluster.name", "Name of the cluster (minikube profile or kind cluster)."),
    "provider": ("cluster.provider", "auto, minikube, kind or context."),
    "context": ("cluster.context", "kubeconfig context of an existing cluster; needed to change one."),
    "namespace": ("namespace", "Namespace of the releases."),
}
SWITCHES = {
    "yes": "Answer yes to questions, such as installing Docker Engine.",
    "dry_run": "Change nothing; print what would run.",
    "verbose": "Print every command, and tracebacks of internal errors.",
}
# An empty flag (--cluster "$UNSET") is a fault, not one that wasn't given.
NOT_GIVEN = "(not given)"
SET_HELP = "A setting for this run, PATH=VALUE, e.g. services.frontend.values.replicaCount=3; repeatable."


class SessionTask(Task[Any]):
    """A task that equals only itself.

    Invoke takes two tasks with one name and one code object for the same task and runs only the first;
    all of ours share the wrapper's code (pyinvoke/invoke issue 536).
    """

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def session_task(
    *, name: str | None = None, default: bool = False, help: Mapping[str, str] | None = None,
    flags: Mapping[str, str | bool] | None = None, klass: type[SessionTask] = SessionTask,
) -> Callable[[Callable[..., None]], Task[Any]]:  # fmt: skip
    """Decorator: ``@session_task(help={...})`` over ``def task(session, own, options)``.

    The task gets the flags of SETTINGS_FLAGS, SWITCHES and --set beside its own; its body gets a Session.
    `flags` are further ones with their defaults, for a task of many: its body gets a mapping, `given`.
    """
    many = dict(flags or {})

    def decorate(body: Callable[..., None]) -> Task[Any]:
        own = [one for one in list(inspect.signature(body).parameters.values())[1:] if one.name != "given"]
        own += [_keyword(one, value) for one, value in many.items()]

        @functools.wraps(body)
        def run(c: Context, **given: Any) -> None:
            options = {parameter.name: given.pop(parameter.name) for parameter in own}
            if many:
                options["given"] = {flag: options.pop(flag) for flag in many}
            with session_for(c, **given) as session:
                body(session, **options)

        run.__signature__ = _signature(own)  # type: ignore[attr-defined]
        texts = {key: text for key, (_, text) in SETTINGS_FLAGS.items()} | SWITCHES | {"set": SET_HELP}
        helps = {**texts, **(help or {})}
        made = task(
            run, name=name, default=default, help=helps, auto_shortflags=False, klass=klass,
            iterable=["set"],
        )  # fmt: skip
        assert isinstance(made, Task)
        return made

    return decorate


@contextlib.contextmanager
def session_for(c: Context, **given: Any) -> Iterator[Session]:
    """A session from the common flags; errors of the engine end the program with their exit code."""
    from delivery import signals
    from delivery.errors import DeliveryError
    from delivery.session import open_session
    from delivery.standard_streams import open_standard_streams

    verbose = bool(given.get("verbose"))
    session: Session | None = None
    open_standard_streams()
    signals.listen()
    try:
        session = open_session(
            _flags(given),
            yes=bool(given.get("yes")),
            dry_run=bool(given.get("dry_run")) or bool(c.config.run.dry),
            verbose=verbose,
        )
        yield session
    except DeliveryError as error:
        raise Exit(_shown(session, str(error)), error.exit_code) from None
    except KeyboardInterrupt:
        if session:
            session.door.interrupt()
        raise Exit("interrupted; run the same command again to go on", 130) from None
    except BrokenPipeError:
        raise Exit(None, 141) from None
    except OSError as error:
        # A full disk, a read-only checkout: the machine's fault, not the program's.
        if verbose:
            raise
        raise Exit(_shown(session, _environment_fault(error)), 5) from None
    except Exception as error:
        if verbose:
            raise
        text = f"internal error: {type(error).__name__}: {error}\n  next: run again with --verbose, report it"
        raise Exit(_shown(session, text), 1) from None


def _signature(own: list[inspect.Parameter]) -> inspect.Signature:
    context = inspect.Parameter("c", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    taken = {parameter.name for parameter in own}
    flags = [_keyword(name, NOT_GIVEN) for name in SETTINGS_FLAGS if name not in taken]
    switches = [_keyword(name, False) for name in SWITCHES if name not in taken]
    return inspect.Signature([context, *own, *flags, _keyword("set", []), *switches])


def _keyword(name: str, value: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=value)


def _flags(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were given as flags, by their paths; those that weren't are left out."""
    from delivery.settings.flags import Given, assignments

    flags = {
        path: Given(given[name], f"--{name}")
        for name, (path, _) in SETTINGS_FLAGS.items()
        if given.get(name, NOT_GIVEN) != NOT_GIVEN
    }
    if "cluster.context" in flags:
        flags.setdefault("cluster.provider", Given("context", "--context"))
    return {**flags, **assignments(given.get("set") or ())}


def _environment_fault(error: OSError) -> str:
    where = f": {error.filename}" if error.filename else ""
    return (
        f"the machine is in the way{where}\n  why: {error.strerror or error}\n"
        "  next: look at the free space and the rights there, then run the command again"
    )


def _shown(session: Session | None, text: str) -> str:
    text = session.console.masker.mask(text) if session else text
    sys.stdout.flush()
    return text
