"""Process managers of intake: what events make it do."""
