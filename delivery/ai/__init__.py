"""Questions about what runs: findings by rule, answers in one shape, whoever gives them."""
