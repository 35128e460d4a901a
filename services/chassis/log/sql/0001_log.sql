-- The event log of one service: its tables, and the triggers that keep history as it was written.

-- Which installation this database belongs to; written once, at the first start.
CREATE TABLE installation (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    district text NOT NULL,
    source text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('real', 'simulated')),
    simulated_from date,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((kind = 'simulated') = (simulated_from IS NOT NULL))
);

-- Own events and verified copies of foreign ones. seq is local and gapless; position is gapless per source and epoch.
-- A unique index on (stream, version) or (source, position) is impossible on a table partitioned by seq:
-- stream_head and source_head, changed under the lock of log_head, hold that uniqueness.
-- No CHECK here nor on the heads: PostgreSQL prepares every one of them anew for every statement, which would be a
-- tenth of an append. Only the functions below write these tables, and they check.
-- Names and ids are compared byte by byte (COLLATE "C"): nobody sorts them for people, and a lookup costs half.
CREATE TABLE event (
    seq bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    schema int NOT NULL,
    time timestamptz NOT NULL,
    payload bytea NOT NULL,
    chain bytea NOT NULL,
    epoch int NOT NULL DEFAULT 1,
    PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX event_stream ON event (stream, version);
CREATE INDEX event_position ON event (source, epoch, position);

-- The row that every append and every inbound insert locks first: it makes seq gapless in commit order.
CREATE TABLE log_head (
    one boolean PRIMARY KEY DEFAULT true,
    seq bigint NOT NULL,
    time timestamptz NOT NULL,
    partitioned_to bigint NOT NULL  -- the first seq that no partition takes yet
) WITH (fillfactor = 10);
INSERT INTO log_head (seq, time, partitioned_to) VALUES (0, '-infinity', 1);

-- The last position and chain known of each source; the highest epoch is the current one.
CREATE TABLE source_head (
    source text COLLATE "C" NOT NULL,
    epoch int NOT NULL,
    position bigint NOT NULL,
    chain bytea NOT NULL,
    time timestamptz NOT NULL,
    PRIMARY KEY (source, epoch)
) WITH (fillfactor = 10);

-- The last version of each own stream and the hash of that event's payload (hex), which the next event carries.
CREATE TABLE stream_head (
    stream text COLLATE "C" PRIMARY KEY,
    version int NOT NULL,
    prev text NOT NULL
) WITH (fillfactor = 70);

-- Commands that took effect, with what they answered. A null hash: known only from an event that was re-adopted.
CREATE TABLE command (
    id text COLLATE "C" PRIMARY KEY,
    body_hash bytea,
    result jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX command_at ON command USING brin (at);

-- Keys that at most one stream holds: uniqueness across streams.
CREATE TABLE claim (
    key text COLLATE "C" PRIMARY KEY,
    stream text NOT NULL
);

-- Tables whose rows a command may write together with its events. Migrations of a service register theirs here.
CREATE TABLE side_table (name text PRIMARY KEY);

-- Why an epoch began, and where its predecessor had ended.
CREATE TABLE epoch_change (
    source text NOT NULL,
    epoch int NOT NULL,
    reason text NOT NULL,
    previous_position bigint NOT NULL,
    previous_chain bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, epoch)
);

-- Up to which seq each projector and reactor has read, per version of it.
CREATE TABLE checkpoint (
    name text NOT NULL,
    version int NOT NULL,
    seq bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, version)
) WITH (fillfactor = 50);

-- Who may act in a singleton role, until when. The token grows at every change of holder: the fence.
-- Being part of a unique key, the token cannot change under a transaction that holds FOR KEY SHARE; a renewal can.
CREATE TABLE lease (
    role text PRIMARY KEY,
    holder text NOT NULL,
    token bigint NOT NULL,
    until timestamptz NOT NULL,
    UNIQUE (role, token)
) WITH (fillfactor = 50);

-- What a reactor was refused, for people to see.
CREATE TABLE refusal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reactor text NOT NULL,
    seq bigint NOT NULL,
    source text NOT NULL,
    position bigint NOT NULL,
    stream text NOT NULL,
    command_id text,
    code text NOT NULL,
    message text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    settled_by text,
    UNIQUE (reactor, seq, command_id)
);

-- History is refused a change by the database itself, whoever asks. Migrations that must touch it do so openly.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: history is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

-- Remembered commands may be forgotten once nobody can repeat them any more.
CREATE FUNCTION refuse_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at < clock_timestamp() - interval '90 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'command % is younger than 90 days and must be remembered', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON event EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON command FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER remembered BEFORE DELETE ON command FOR EACH ROW EXECUTE FUNCTION refuse_forgetting();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON command EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON installation EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON epoch_change EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE DELETE OR TRUNCATE ON stream_head EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE DELETE OR TRUNCATE ON source_head EXECUTE FUNCTION refuse_change();
CREATE TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON log_head EXECUTE FUNCTION refuse_change();

-- Events per partition: about 1-2 GB with its indexes, so that a partition can be vacuumed, checked or moved by itself.
CREATE FUNCTION log_partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1000000::bigint';

-- Make partitions until there is room for p_seq and half a partition more.
-- ATTACH instead of PARTITION OF: it does not wait for, nor stop, running readers.
CREATE FUNCTION make_partitions(p_seq bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_from bigint;
    v_size bigint := log_partition_size();
    v_name text;
BEGIN
    SELECT partitioned_to INTO STRICT v_from FROM log_head FOR UPDATE;
    WHILE v_from < p_seq + v_size / 2 LOOP
        v_name := format('event_%s', lpad(v_from::text, 12, '0'));
        EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING ALL)', v_name);
        EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                       v_name, v_from, v_from + v_size);
        EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', v_name);
        v_from := v_from + v_size;
    END LOOP;
    UPDATE log_head SET partitioned_to = v_from;
END $$;
SELECT make_partitions(1);
