"""What the services tell each other: events, their bytes, their feeds and the programme pack."""
