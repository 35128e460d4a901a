-- Appending: many commands in one round trip, each all or none, none failing another.

-- Write one command's side rows: [{"table", "mode": "insert|upsert|delete", "row": {column: value}}].
-- Only registered tables; upsert goes by the primary key, delete by all columns given.
CREATE FUNCTION write_side_rows(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_item jsonb;
    v_table text;
    v_columns text;
    v_keys text[];
    v_sql text;
BEGIN
    FOR v_item IN SELECT value FROM jsonb_array_elements(p_rows) LOOP
        v_table := v_item ->> 'table';
        IF NOT EXISTS (SELECT FROM side_table WHERE name = v_table) THEN
            RAISE EXCEPTION 'table % is not registered in side_table', v_table USING ERRCODE = 'insufficient_privilege';
        END IF;
        SELECT string_agg(quote_ident(k), ', ') INTO v_columns FROM jsonb_object_keys(v_item -> 'row') k;
        CASE v_item ->> 'mode'
        WHEN 'delete' THEN
            SELECT string_agg(format('t.%1$I = r.%1$I', k), ' AND ') INTO STRICT v_sql
              FROM jsonb_object_keys(v_item -> 'row') k;
            v_sql := format('DELETE FROM %1$I t USING jsonb_populate_record(NULL::%1$I, $1) r WHERE %2$s', v_table, v_sql);
        WHEN 'insert' THEN
            v_sql := format('INSERT INTO %1$I (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1)', v_table, v_columns);
        WHEN 'upsert' THEN
            SELECT array_agg(a.attname::text) INTO v_keys
              FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
             WHERE i.indrelid = v_table::regclass AND i.indisprimary;
            SELECT string_agg(format('%1$I = excluded.%1$I', k), ', ') INTO v_sql
              FROM jsonb_object_keys(v_item -> 'row') k WHERE k <> ALL (v_keys);
            v_sql := format('INSERT INTO %1$I (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1)'
                            || ' ON CONFLICT (%3$s) DO %4$s',
                            v_table, v_columns, (SELECT string_agg(quote_ident(k), ', ') FROM unnest(v_keys) k),
                            CASE WHEN v_sql IS NULL THEN 'NOTHING' ELSE 'UPDATE SET ' || v_sql END);
        ELSE
            RAISE EXCEPTION 'side row mode % is unknown', v_item ->> 'mode' USING ERRCODE = 'invalid_parameter_value';
        END CASE;
        EXECUTE v_sql USING v_item -> 'row';
    END LOOP;
END $$;

-- The largest payload: with its headers a message stays well under the broker's 1 MB.
CREATE FUNCTION max_event_bytes() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 262144';

-- Append a batch of commands. Arrays are flat: command c owns the expectations, drafts and claims after the
-- previous command's *_until up to its own. Streams and keys are listed once and meant by their index.
-- o_status per command: 0 done, 1 repeated, 2 other body, 3 conflict, 4 claim taken, 5 side row refused.
-- o_detail per command: JSON, the stored result for 0 and 1, else what was in the way.
-- SQL runs only before and after the loop, once for all commands; inside it there are simple expressions.
CREATE FUNCTION append_batch(
    p_now timestamptz,
    p_commands text[], p_hashes bytea[], p_sides jsonb[],
    p_streams text[],
    p_expect_until int[], p_expect_stream int[], p_expect_version int[],
    p_draft_until int[], p_draft_stream int[], p_draft_type text[], p_draft_schema int[], p_draft_body bytea[],
    p_keys text[],
    p_claim_until int[], p_claim_key int[], p_claim_stream text[], p_claim_release boolean[],
    OUT o_status int[], OUT o_detail text[], OUT o_head bigint
) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp
  -- The head tables grow from empty to millions within one plan's life: keep it on the indexes.
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_head log_head%ROWTYPE;
    v_own source_head%ROWTYPE;
    v_seq bigint;
    v_position bigint;
    v_chain bytea;
    v_time timestamptz;
    v_closing text;
    v_now int;
    v_known boolean[];
    v_known_hash bytea[];
    v_known_result text[];
    v_version int[];
    v_prev text[];
    v_holder text[];
    v_payload bytea;
    v_versions text;
    v_has_claims boolean := cardinality(p_keys) > 0;
    v_expect int := 0;
    v_claim int := 0;
    v_draft int := 0;
    v_first int;
    c int;
    i int;
    s int;
    -- Per draft; null where the command was refused. Filled to their length first: an array that began at the
    -- second draft would be read from its own beginning, beside the first draft's stream.
    d_version int[] := array_fill(NULL::int, ARRAY[cardinality(p_draft_body)]);
    d_payload bytea[] := array_fill(NULL::bytea, ARRAY[cardinality(p_draft_body)]);
    d_chain bytea[] := array_fill(NULL::bytea, ARRAY[cardinality(p_draft_body)]);
BEGIN
    SELECT * INTO STRICT v_head FROM log_head FOR UPDATE;
    SELECT h.* INTO STRICT v_own FROM installation n JOIN source_head h ON h.source = n.source
     ORDER BY h.epoch DESC LIMIT 1;
    v_seq := v_head.seq;
    v_position := v_own.position;
    v_chain := v_own.chain;
    v_time := greatest(p_now, v_head.time);
    v_closing := '","time":"' || to_char(v_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"}';
    IF v_seq + cardinality(p_draft_body) + log_partition_size() / 4 > v_head.partitioned_to THEN
        PERFORM make_partitions(v_seq + cardinality(p_draft_body));
    END IF;

    SELECT array_agg(k.id IS NOT NULL ORDER BY x.i), array_agg(k.body_hash ORDER BY x.i), array_agg(k.result::text ORDER BY x.i)
      INTO v_known, v_known_hash, v_known_result
      FROM unnest(p_commands) WITH ORDINALITY x(id, i) LEFT JOIN command k ON k.id = x.id;
    SELECT array_agg(coalesce(h.version, 0) ORDER BY x.i), array_agg(coalesce(h.prev, '') ORDER BY x.i)
      INTO v_version, v_prev
      FROM unnest(p_streams) WITH ORDINALITY x(stream, i) LEFT JOIN stream_head h ON h.stream = x.stream;
    IF v_has_claims THEN
        SELECT array_agg(h.stream ORDER BY x.i) INTO v_holder
          FROM unnest(p_keys) WITH ORDINALITY x(key, i) LEFT JOIN claim h ON h.key = x.key;
    END IF;

    <<commands>>
    FOR c IN 1 .. cardinality(p_commands) LOOP
        v_first := v_expect + 1;
        v_expect := p_expect_until[c];
        IF v_known[c] THEN
            o_detail[c] := v_known_result[c];
            o_status[c] := CASE WHEN v_known_hash[c] IS NULL OR v_known_hash[c] = p_hashes[c] THEN 1 ELSE 2 END;
            CONTINUE;
        END IF;
        FOR i IN v_first .. v_expect LOOP
            IF v_version[p_expect_stream[i]] <> p_expect_version[i] THEN
                o_status[c] := 3;
                o_detail[c] := json_build_object('stream', p_streams[p_expect_stream[i]], 'expected', p_expect_version[i],
                                                 'actual', v_version[p_expect_stream[i]]);
                CONTINUE commands;
            END IF;
        END LOOP;
        IF v_has_claims THEN
            v_claim := coalesce(p_claim_until[c - 1], 0) + 1;
            FOR i IN v_claim .. p_claim_until[c] LOOP
                IF NOT p_claim_release[i] AND v_holder[p_claim_key[i]] <> p_claim_stream[i] THEN
                    o_status[c] := 4;
                    o_detail[c] := json_build_object('key', p_keys[p_claim_key[i]], 'stream', v_holder[p_claim_key[i]]);
                    CONTINUE commands;
                END IF;
            END LOOP;
        END IF;
        IF p_sides[c] IS NOT NULL THEN
            BEGIN
                PERFORM write_side_rows(p_sides[c]);
            EXCEPTION WHEN integrity_constraint_violation OR data_exception OR insufficient_privilege
                        OR undefined_table OR undefined_column THEN
                DECLARE
                    v_table text;
                    v_constraint text;
                    v_message text;
                BEGIN
                    GET STACKED DIAGNOSTICS v_table = TABLE_NAME, v_constraint = CONSTRAINT_NAME, v_message = MESSAGE_TEXT;
                    o_status[c] := 5;
                    o_detail[c] := json_build_object('table', v_table, 'constraint', v_constraint, 'message', v_message);
                END;
                CONTINUE commands;
            END;
        END IF;
        IF v_has_claims THEN
            FOR i IN v_claim .. p_claim_until[c] LOOP
                IF NOT p_claim_release[i] THEN
                    v_holder[p_claim_key[i]] := p_claim_stream[i];
                ELSIF v_holder[p_claim_key[i]] = p_claim_stream[i] THEN
                    v_holder[p_claim_key[i]] := NULL;
                END IF;
            END LOOP;
        END IF;

        v_first := coalesce(p_draft_until[c - 1], 0) + 1;
        v_draft := p_draft_until[c];
        o_status[c] := 0;
        IF v_first > v_draft THEN
            o_detail[c] := '{"versions":[]}';
            CONTINUE;
        END IF;
        v_versions := NULL;
        FOR i IN v_first .. v_draft LOOP
            s := p_draft_stream[i];
            v_now := v_version[s] + 1;
            v_payload := p_draft_body[i]
                || convert_to(',"streamversion":' || v_now || ',"prev":"' || v_prev[s] || v_closing, 'UTF8');
            IF octet_length(v_payload) > max_event_bytes() THEN
                RAISE EXCEPTION 'event % of % has % bytes', p_draft_type[i], p_streams[s], octet_length(v_payload)
                    USING ERRCODE = 'program_limit_exceeded';
            END IF;
            v_version[s] := v_now;
            v_prev[s] := encode(sha256(v_payload), 'hex');
            v_chain := sha256(v_chain || v_payload);
            d_version[i] := v_now;
            d_payload[i] := v_payload;
            d_chain[i] := v_chain;
            v_versions := concat_ws(',', v_versions, v_now);
        END LOOP;
        o_detail[c] := '{"seq":' || v_seq + 1 || ',"position":' || v_position + 1 || ',"versions":[' || v_versions || ']}';
        v_seq := v_seq + v_draft - v_first + 1;
        v_position := v_position + v_draft - v_first + 1;
    END LOOP;

    o_head := v_seq;
    INSERT INTO command (id, body_hash, result)
    SELECT x.id, x.hash, x.result::jsonb FROM unnest(p_commands, p_hashes, o_detail, o_status) x(id, hash, result, status)
     WHERE x.status = 0;
    IF v_has_claims THEN
        DELETE FROM claim USING unnest(p_keys, v_holder) x(key, stream) WHERE claim.key = x.key AND x.stream IS NULL;
        INSERT INTO claim (key, stream) SELECT x.key, x.stream FROM unnest(p_keys, v_holder) x(key, stream)
         WHERE x.stream IS NOT NULL ON CONFLICT (key) DO UPDATE SET stream = excluded.stream WHERE claim.stream <> excluded.stream;
    END IF;
    IF v_seq = v_head.seq THEN
        RETURN;
    END IF;
    INSERT INTO event (seq, source, epoch, position, stream, version, type, schema, time, payload, chain)
    SELECT v_head.seq + x.n, v_own.source, v_own.epoch, v_own.position + x.n, p_streams[x.stream], x.version, x.type,
           x.schema, v_time, x.payload, x.chain
      FROM (SELECT d.*, row_number() OVER () AS n
              FROM unnest(p_draft_stream, p_draft_type, p_draft_schema, d_version, d_payload, d_chain)
                   d(stream, type, schema, version, payload, chain)
             WHERE d.version IS NOT NULL) x;
    -- Streams that this batch did not lengthen are written as they are: that is rare and changes nothing.
    INSERT INTO stream_head (stream, version, prev)
    SELECT x.stream, x.version, x.prev FROM unnest(p_streams, v_version, v_prev) x(stream, version, prev)
     WHERE x.version > 0 ON CONFLICT (stream) DO UPDATE SET version = excluded.version, prev = excluded.prev;
    UPDATE log_head SET seq = v_seq, time = v_time;
    UPDATE source_head SET position = v_position, chain = v_chain, time = v_time
     WHERE source = v_own.source AND epoch = v_own.epoch;
END $$;
