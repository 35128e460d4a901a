"""The 督办单 as a paper (R10) and the 督办台账 as a workbook (R11)."""
