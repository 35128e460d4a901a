"""The `huiyin` command."""
