-- Supervision keeps nothing besides its log, its read models and the keys of sealed text, which the runtime creates.
SELECT 1;
