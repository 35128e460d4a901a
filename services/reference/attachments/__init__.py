"""Photos and files that events name: taken in, kept under their hash, looked at, swept when no event named them."""
