"""How much of whom a programme has reached: pure, so that supervision and reporting count by the same rules."""
