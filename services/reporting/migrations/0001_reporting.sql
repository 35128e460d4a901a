-- What a run said, beside its event: the canonical rows whose hash the event holds, and the file that was published.
CREATE TABLE report_content (
    report_id text PRIMARY KEY,
    rows text NOT NULL,
    -- Base64; null where the file holds sealed text, which is opened anew for whoever may read it.
    file text,
    file_name text NOT NULL DEFAULT ''
);

INSERT INTO side_table (name) VALUES ('report_content');
