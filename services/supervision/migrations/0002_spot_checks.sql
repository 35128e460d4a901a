-- Seeds of draws that were announced and not yet made. A seed is written with the event that publishes its hash and
-- deleted with the event that reveals it; it is nowhere else meanwhile.
CREATE TABLE draw_seed (
    check_id text PRIMARY KEY,
    seed text NOT NULL
);

INSERT INTO side_table (name) VALUES ('draw_seed');
