"""Who answers besides the rules: a model behind the OpenAI API, kubectl-ai, an agent of kagent."""
