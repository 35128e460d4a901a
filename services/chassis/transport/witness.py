"""A small file beside the database that remembers how far the own log had come, so that a restored copy shows."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from services.chassis.log.types import SourceHead


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the own log was once known to be."""

    district: str
    source: str
    epoch: int
    position: int
    chain: str

    @property
    def place(self) -> tuple[int, int]:
        return self.epoch, self.position


class UnreadableWitness(Exception):
    """The file exists but says nothing; a person must look, because it may hide a restored database."""


class Witness:
    """The file `head-<source>.json` of one process's data folder."""

    def __init__(self, folder: Path, district: str, source: str) -> None:
        self._path = folder / f"head-{source}.json"
        self._district, self._source = district, source
        self._last: Mark | None = None

    def read(self) -> Mark | None:
        """The last mark; None when there has been none here."""
        try:
            mark = Mark(**json.loads(self._path.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise UnreadableWitness(f"{self._path}: {error}") from error
        if (mark.district, mark.source) != (self._district, self._source):
            raise UnreadableWitness(f"{self._path} is about {mark.district}/{mark.source}")
        return mark

    def write(self, head: SourceHead) -> None:
        """Remember a head, if it is news. Not synced to disk: it must outlive the process, while a power cut
        that loses the newest mark only makes this check weaker, never wrong."""
        mark = Mark(self._district, self._source, head.epoch, head.position, head.chain.hex())
        if self._last is not None and mark.place <= self._last.place:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Two instances on one machine may share the folder, so each writes through a file of its own.
        fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(asdict(mark)))
        fresh.replace(self._path)
        self._last = mark
