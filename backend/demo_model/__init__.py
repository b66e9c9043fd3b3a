"""A stand-in for a language model: plain English about tasks, by rules, behind the OpenAI API."""
