"""Fixtures: a real Postgres, a fresh database for each test that asks, the app on top of it."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import make_url

from src.application import create_app
from src.database.engine import make_migration_engine
from src.migrate import upgrade
from src.settings import Settings
from tests.postgres import private_cluster
from tests.signin import ORIGIN, USER, Issuer, serving

TASKS = f"/api/{USER}/tasks"
REQUIRED = {"openai_api_key": "demo", "better_auth_url": ORIGIN}
# The same for a process; the database is left to the test.
ENVIRONMENT = {name.upper(): value for name, value in REQUIRED.items()}


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """URL of a user who may create databases."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with private_cluster() as url:
        yield url


@contextmanager
def new_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """URL of a new database, a copy of the template; dropped at the end."""
    name = f"todo_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    """URL of a new, empty database."""
    with new_database(server_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(server_url: str) -> Iterator[str]:
    """Name of a migrated database without connections; a copy of it takes a tenth of the migrations' time."""
    with new_database(server_url) as url:
        settings = settings_for(url)
        upgrade(make_migration_engine(settings), settings)
        yield str(make_url(url).database)


@pytest.fixture
def database_url(server_url: str, migrated_template: str) -> Iterator[str]:
    """URL of a new, migrated database."""
    with new_database(server_url, migrated_template) as url:
        yield url


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    """Who signs tokens, with its keys on a real HTTP server. Shared: a test that changes it makes its own."""
    with serving() as issuer:
        yield issuer


@pytest.fixture
def anonymous(database_url: str, issuer: Issuer) -> Iterator[TestClient]:
    """The app, with its lifespan, on a migrated database; requests carry no token."""
    settings = settings_for(database_url, jwks_url=issuer.jwks_url)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(anonymous: TestClient, issuer: Issuer) -> TestClient:
    """The same, signed in as USER."""
    anonymous.headers.update(issuer.headers())
    return anonymous


def settings_for(url: str, **values: object) -> Settings:
    """Settings as the environment would give them."""
    return Settings.model_validate({"database_url": url, **REQUIRED, **values})
