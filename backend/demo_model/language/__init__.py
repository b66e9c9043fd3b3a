"""What a person's message asks for. Text in, intents out; nothing here knows of tools or HTTP."""
