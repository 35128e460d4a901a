"""What can go wrong with a stored file."""


class FileMissing(Exception):
    """No file under this hash, or what lies there is not what was stored."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256)
        self.sha256 = sha256


class FilesAway(Exception):
    """The place where files lie cannot be reached, or takes no more."""
