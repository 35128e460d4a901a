"""Process managers of dispatch: what other services' events make it do."""
