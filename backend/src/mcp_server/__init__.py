"""The MCP server at /mcp: the task tools, for the user of the token that comes with the request."""
