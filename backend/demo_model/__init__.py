"""A stand-in for a language model: plain English about tasks, by rules, behind the OpenAI API."""

MODEL = "demo-model"  # the one model served; src/chat knows it by this, deploy.yaml names it
