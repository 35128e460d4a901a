"""Made-up records planted among honest ones: every kind is found, and honest work left alone where it can be told."""

from pathlib import Path

from deploy.bench.signal_cases import scene
from deploy.bench.signals_bench import play
from tests.conftest import DsnFactory

KINDS = 13


async def test_every_kind_of_made_up_record_is_found_and_only_look_alikes_besides(
    pg_dsn_factory: DsnFactory, tmp_path: Path
) -> None:
    results = await play(pg_dsn_factory("supervision"), tmp_path, scene(cases=30, planted=1))
    assert len(results) == KINDS
    assert [one.kind for one in results if one.hit < one.planted] == []
    assert [one for one in results if one.wrong > one.alike] == []
