"""kagent's own agent runtime as a server of A2A, with a model elsewhere: `agent_server.py PORT MODEL_URL`.

Run with the libraries of requirements.lock on PYTHONPATH.
"""

from __future__ import annotations

import sys

import uvicorn
from a2a.types import AgentCard
from kagent.adk import AgentConfig, KAgentApp

NAME = "todo_reader"


def main(port: int, model_url: str) -> None:
    """Serve until killed."""
    address = f"http://127.0.0.1:{port}"
    config = AgentConfig.model_validate(
        {
            "model": {"type": "openai", "model": "stub", "base_url": model_url},
            "description": "looks", "instruction": "You only look.", "stream": False,
        }
    )  # fmt: skip
    card = AgentCard.model_validate(
        {
            "name": NAME, "description": "looks", "url": address, "version": "0",
            "capabilities": {"streaming": True},
            "defaultInputModes": ["text"], "defaultOutputModes": ["text"],
            "skills": [{"id": "look", "name": "look", "description": "looks", "tags": ["look"]}],
        }
    )  # fmt: skip
    app = KAgentApp(lambda: config.to_agent(NAME), card, address, NAME, stream=False, agent_config=config)
    uvicorn.run(app.build(local=True), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
