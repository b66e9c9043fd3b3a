"""What to do next. A pure function of the conversation: the message, and what tools have answered since."""
