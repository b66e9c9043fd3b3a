"""What we make of the messages of libpq and Postgres; each is quoted from a real run."""

import pytest

from src.database.problems import explain

HERE = 'connection to server at "127.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("message", "reason", "lasting"),
    [
        (HERE + 'FATAL:  password authentication failed for user "todo"', "refused the user name", True),
        (HERE + 'FATAL:  database "nope" does not exist', "no database of that name", True),
        (HERE + 'FATAL:  role "x" is not permitted to log in', "does not know that user", True),
        (HERE + "server does not support SSL, but SSL was required", "do not agree about TLS", True),
        (
            HERE + 'FATAL:  pg_hba.conf rejects connection for host "h", no encryption',
            "agree about TLS",
            True,
        ),
        (HERE + "SSL error: certificate verify failed", "could not be verified", True),
        (
            HERE + 'server certificate for "database" does not match host name "172.18.0.2"',
            "could not be verified",
            True,
        ),
        (HERE + "Connection refused\n\tIs the server running on that host?", "refused the connection", False),
        ("failed to resolve host 'db': [Errno -2] Name or service not known", "cannot be resolved", False),
        (HERE + "FATAL:  the database system is starting up", "is starting or stopping", False),
        ("terminating connection due to administrator command", "is starting or stopping", False),
        (HERE + "FATAL:  sorry, too many clients already", "no free connection", False),
        ("connection timeout expired", "does not answer", False),
        ('relation "tasks" does not exist\nLINE 1: SELECT', "tables are missing", False),
        ("something new", "the database failed", False),
    ],
)
def test_a_message_becomes_a_reason_and_whether_waiting_may_help(
    message: str, reason: str, lasting: bool
) -> None:
    problem = explain(Exception(message))
    assert reason in problem.reason
    assert problem.lasting is lasting
    assert problem.hint.endswith(".")


def test_a_limit_that_passed_is_said_as_such() -> None:
    assert "in time" in explain(TimeoutError()).reason
