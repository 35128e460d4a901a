-- What stands between the log and the pages: builds of read models, and the keys of sealed text.

-- Builds of each read model. The views without a suffix show the live one; a retired one waits to be dropped.
CREATE TABLE read_model (
    name text NOT NULL,
    version int NOT NULL,
    generation int NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    tables text[] NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version, generation)
);
CREATE UNIQUE INDEX read_model_live ON read_model (name) WHERE state = 'live';

-- Keys of sealed text. Erasing keeps the row without its key: the absence of a row means "not arrived yet".
CREATE TABLE sealing_key (
    key_id text PRIMARY KEY,
    key bytea CHECK (octet_length(key) = 32),
    created timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased timestamptz,
    -- Where it stands in the key bucket; null in the owning service: still to be put there.
    revision bigint,
    -- Grows with every change that readers must hear of, in commit order (under the lock of key_feed).
    arrival bigint,
    CHECK ((key IS NULL) = (erased IS NOT NULL))
);
CREATE INDEX sealing_key_unsent ON sealing_key (key_id) WHERE revision IS NULL;
CREATE INDEX sealing_key_arrival ON sealing_key (arrival) WHERE arrival IS NOT NULL;

-- How far the key bucket was read, and which bucket it was: one made anew starts its revisions again.
CREATE TABLE key_feed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    bucket_created text,
    revision bigint NOT NULL DEFAULT 0,
    arrival bigint NOT NULL DEFAULT 0
);
INSERT INTO key_feed DEFAULT VALUES;
