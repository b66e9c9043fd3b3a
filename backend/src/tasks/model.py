"""The table `tasks`, and the bodies of requests and answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator
from sqlalchemy import BigInteger, Column, DateTime, Identity, String, Text, func
from sqlmodel import Field, SQLModel

from src.database.values import refuse_nul

TITLE_LENGTH = 200
DESCRIPTION_LENGTH = 2000
Status = Literal["all", "pending", "completed"]


class Task(SQLModel, table=True):
    """A row of `tasks`."""

    __tablename__ = "tasks"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    user_id: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    title: str = Field(sa_column=Column(String(TITLE_LENGTH), nullable=False))
    description: str | None = Field(default=None, sa_column=Column(Text))
    completed: bool = Field(default=False, index=True, sa_column_kwargs={"server_default": "false"})
    created_at: datetime | None = Field(
        default=None, sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    )
    updated_at: datetime | None = Field(
        default=None,
        sa_column=Column(
            DateTime(timezone=True), nullable=False, server_default=func.now(), onupdate=func.now()
        ),
    )


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_LENGTH),
    AfterValidator(refuse_nul),
]
Description = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=DESCRIPTION_LENGTH), AfterValidator(refuse_nul)
]


class TaskCreate(BaseModel):
    """Body of POST: a title, and a description where there is more to say."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    description: Description | None = None


class TaskUpdate(BaseModel):
    """Body of PUT: the fields given replace the stored ones, the others stay. At least one."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    description: Description | None = None
    completed: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "TaskUpdate":
        if not self.model_fields_set:
            raise ValueError("give at least one of title, description, completed")
        for field in ("title", "completed"):
            if field in self.model_fields_set and getattr(self, field) is None:
                raise ValueError(f"{field} cannot be null")
        return self


class TaskRead(BaseModel):
    """A task as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    user_id: str
    title: str
    description: str | None
    completed: bool
    created_at: datetime
    updated_at: datetime
