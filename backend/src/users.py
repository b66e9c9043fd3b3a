"""Who is calling.

TEMPORARY: there is no sign-in yet. One fixed demo user (DEMO_USER_ID) may call, everybody else is refused.
Sign-in replaces the body of `current_user` by the check of a token; the routes stay as they are.
"""

from typing import Annotated

from fastapi import Depends, HTTPException, Request, status


def current_user(request: Request, user_id: str) -> str:
    """The caller's id, which must be the one in the path. 403 otherwise."""
    caller: str = request.app.state.settings.demo_user_id
    if user_id != caller:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "These are another user's tasks.")
    return caller


CurrentUser = Annotated[str, Depends(current_user)]
