"""OpenAI's two APIs: bodies in, bodies and events out. https://platform.openai.com/docs/api-reference"""
