"""What a person sees in the terminal: progress, the address, the demo accounts, the state of the processes."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

console = Console(highlight=False)


def say(text: str) -> None:
    """One line of progress."""
    console.print("[dim]·[/dim]", escape(text), soft_wrap=True)


def fail(text: str) -> None:
    """Why it does not go on, on the error stream."""
    Console(stderr=True, highlight=False).print("[bold red]✗[/bold red]", escape(text), soft_wrap=True)


def ready(url: str, seconds: float, simulated_from: str | None) -> None:
    """The address, big enough not to be missed."""
    lines = [f"[bold]回音 Huiyin[/bold] is ready at [bold cyan]{url}[/bold cyan]  [dim]({seconds:.1f} s)[/dim]"]
    if simulated_from:
        lines.append(f"[yellow]演示时间 Simulated time from {simulated_from}[/yellow]")
    lines.append("[dim]Ctrl-C stops everything; `make up` goes on where it was.[/dim]")
    console.print(Panel("\n".join(lines), border_style="cyan", expand=False))


def accounts(rows: Sequence[Mapping[str, str]]) -> None:
    """Who can log in to the demo, as what."""
    if not rows:
        return
    table = Table(title="演示账号 Demo accounts", title_justify="left", header_style="bold")
    for title in ("账号 login", "口令 password", "姓名 name", "单位 unit", "角色 role"):
        table.add_column(title)
    for row in rows:
        table.add_row(*(row.get(key, "") for key in ("login", "password", "name", "unit", "role")))
    console.print(table)


def processes(rows: Sequence[tuple[str, str, str]]) -> None:
    """Name, process number and state of each process."""
    table = Table(header_style="bold")
    for title in ("process", "pid", "state"):
        table.add_column(title)
    for row in rows:
        table.add_row(*row)
    console.print(table)
