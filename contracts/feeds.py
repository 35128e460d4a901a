"""Names of the feeds between logs: streams, subjects and headers, from district, source and epoch.

A stream carries one source's events of one epoch, and its sequence numbers are that source's positions.
"""

import re

CHAIN_HEADER = "Huiyin-Chain"
"""The hash over all payloads of the source up to this message, as hex."""

_WORD = re.compile(r"[a-z0-9][a-z0-9-]*\Z")


def stream_name(district: str, source: str, epoch: int) -> str:
    """The JetStream stream of one source's epoch, as `EVENTS_jia_wang_intake_1`.

    >>> stream_name("jia-wang", "unit-101", 2)
    'EVENTS_jia_wang_unit_101_2'
    """
    return f"EVENTS_{_underlined(district)}_{_underlined(source)}_{_counted(epoch)}"


def subject(district: str, source: str, epoch: int, type: str) -> str:
    """Where an event of this type is published, as `ev.jia-wang.intake.1.visit-recorded`."""
    return f"ev.{_word(district)}.{_word(source)}.{_counted(epoch)}.{_word(type)}"


def subjects_filter(district: str, source: str, epoch: int) -> str:
    """All subjects of one source's epoch."""
    return f"ev.{_word(district)}.{_word(source)}.{_counted(epoch)}.>"


def beacon_subject(district: str, service: str) -> str:
    """Where a service says every second which heads it holds; `*` as the service listens to all."""
    return f"beacon.{_word(district)}.{service if service == '*' else _word(service)}"


def read_subject(district: str, service: str) -> str:
    """Where a service answers requests for ranges of any source's events that its log holds."""
    return f"log.read.{_word(district)}.{_word(service)}"


def heads_subject(district: str) -> str:
    """Where every service of the district is asked which heads it holds."""
    return f"log.heads.{_word(district)}"


def keys_bucket(district: str) -> str:
    """The key-value bucket that carries the keys of sealed text."""
    return f"KEYS_{_underlined(district)}"


def simulation_bucket(district: str) -> str:
    """The key-value bucket that carries the simulated time of an installation created with one."""
    return f"SIM_{_underlined(district)}"


def _word(text: str) -> str:
    if not _WORD.match(text):
        raise ValueError(f"{text!r} is not made of lower-case letters, digits and hyphens")
    return text


def _underlined(text: str) -> str:
    # Hyphens are legal in stream names, but some tools take them for options.
    return _word(text).replace("-", "_")


def _counted(epoch: int) -> int:
    if epoch < 1:
        raise ValueError("epochs count from 1")
    return epoch
