"""The 交办单 as a paper (R01): what it says and where that comes from."""
