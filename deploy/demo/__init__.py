"""The demo: a small invented district, its accounts, and a programme dated around today."""
