"""Fixtures: a real Postgres, a fresh database for each test that asks, the app on top of it."""

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.engine import make_url

from src.application import create_app
from src.database.engine import make_migration_engine
from src.migrate import upgrade
from src.settings import Settings
from tests.postgres import private_cluster

TASKS = "/api/demo/tasks"


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """URL of a user who may create databases."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with private_cluster() as url:
        yield url


@pytest.fixture
def empty_database(server_url: str) -> Iterator[str]:
    """URL of a new, empty database."""
    name = f"todo_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database_url(empty_database: str) -> str:
    """URL of a new, migrated database."""
    settings = settings_for(empty_database)
    upgrade(make_migration_engine(settings), settings)
    return empty_database


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """The app, with its lifespan, on a migrated database."""
    with TestClient(create_app(settings_for(database_url)), raise_server_exceptions=False) as client:
        yield client


def settings_for(url: str, **values: object) -> Settings:
    """Settings as the environment would give them."""
    return Settings.model_validate({"database_url": url, **values})
