"""REST that reads conversations. The user in the path must be the caller (src/auth/callers.py)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, status

from src.auth.callers import CurrentUser
from src.auth.route import SignedInRoute
from src.conversations import store
from src.conversations.intake import NoSuchConversationError
from src.conversations.model import Conversation, ConversationRead, Message, MessageRead
from src.conversations.store import Paging
from src.database.engine import Session
from src.database.values import RowId

router = APIRouter(prefix="/api/{user_id}/conversations", tags=["conversations"], route_class=SignedInRoute)

Id = Annotated[RowId, Path()]
Limit = Annotated[int, Query(ge=1, le=500)]
After = Annotated[RowId | None, Query(description="The last id of the page before.")]


@router.get("", response_model=list[ConversationRead])
async def list_conversations(
    user_id: CurrentUser, session: Session, limit: Limit = 50, after: After = None
) -> Sequence[Conversation]:
    """The user's conversations, the one with the newest message first."""
    return await store.list_conversations(session, user_id, Paging(limit, after))


@router.get("/{conversation_id}/messages", response_model=list[MessageRead])
async def list_messages(
    user_id: CurrentUser,
    session: Session,
    conversation_id: Id,
    limit: Limit = 200,
    after: After = None,
) -> Sequence[Message]:
    """What was said in a conversation, oldest first."""
    try:
        return await store.list_messages(session, user_id, conversation_id, Paging(limit, after, "asc"))
    except NoSuchConversationError:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such conversation.") from None
